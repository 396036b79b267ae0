"""The worker as an operator starts it, and as a service manager stops it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing_customers.models import BillingSite, Job, Lane
from tests.fixtures import NOW
from tests.work.children import child, ended, eventually
from tests.work.conftest import APPS
from tests.work.crowds import LOCAL, endpoint_at, events, leased, names_by_customer, pending, upkeep
from tests.work.sink import Sink

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, available_apps=APPS)]

WORKER = ("django", "billing_worker")


@pytest.fixture(autouse=True)
def _local(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = LOCAL


@pytest.fixture
def slow_sink() -> Iterator[Sink]:
    with Sink(delay=0.05) as sink:
        yield sink


def test_once_does_what_is_due_and_exits(site: BillingSite) -> None:
    output = StringIO()
    with Sink() as sink:
        endpoint_at(site, sink.url)
        events(site, customers=3, each=2)

        call_command("billing_worker", "--once", stdout=output)

        assert sink.count() == 6
    # The first worker of an installation does its upkeep, too.
    assert output.getvalue().startswith(f"6 delivered, 0 failed attempts, {upkeep()} jobs done, 0 failed runs in ")


def test_verbosity_0_says_nothing(db: None) -> None:
    output = StringIO()

    call_command("billing_worker", "--once", "--verbosity", "0", stdout=output)

    assert output.getvalue() == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--threads", "0"], "argument --threads: '0' is not a number from 1 to 1000."),
        (["--threads", "many"], "argument --threads: 'many' is not a number from 1 to 1000."),
        (["--interval", "0"], "argument --interval: '0' is not a number of seconds from 0.01 to 3600."),
        (["--interval", "soon"], "argument --interval: 'soon' is not a number of seconds from 0.01 to 3600."),
        (
            ["--jobs-only", "--deliveries-only"],
            "argument --deliveries-only: not allowed with argument --jobs-only",
        ),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=rf"^Error: {said.replace('(', '.')}$"):
        call_command("billing_worker", "--once", *arguments)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_in_the_middle_of_a_batch_loses_nothing(
    site: BillingSite, slow_sink: Sink, number: signal.Signals
) -> None:
    endpoint_at(site, slow_sink.url)
    events(site, customers=20, each=3)
    with child(*WORKER, "--threads", "4") as process:
        eventually(lambda: slow_sink.count() >= 5, process)

        status, said = ended(process, number)

    came = slow_sink.count()
    assert (status, came < 60) == (0, True)
    assert f"{came} delivered, 0 failed attempts" in said
    assert (leased(), pending()) == (0, 60 - came)
    with child(*WORKER, "--once") as process:
        assert ended(process)[0] == 0
    assert names_by_customer(slow_sink.received()) == {f"c{number}": [1, 2, 3] for number in range(20)}


def test_second_signal_does_no_harm(site: BillingSite, slow_sink: Sink) -> None:
    slow_sink.behave(delay=1.0)
    endpoint_at(site, slow_sink.url)
    events(site, customers=1, each=2)
    with child(*WORKER) as process:
        eventually(lambda: slow_sink.count() == 1, process)
        process.send_signal(signal.SIGTERM)

        status, said = ended(process, signal.SIGTERM)

    assert (status, "Traceback" in said) == (0, False)
    assert (leased(), pending()) == (0, 1)


def test_idle_worker_ends_at_once_when_it_is_told_to(db: None) -> None:
    with child(*WORKER, "--interval", "60") as process:
        eventually(_has_done_its_upkeep, process)

        assert ended(process, signal.SIGTERM)[0] == 0


@pytest.mark.postgres
def test_worker_that_is_killed_is_followed_by_another(site: BillingSite, slow_sink: Sink) -> None:
    """What it had sent and not written arrives twice, in order; what it had claimed is free after the lease."""
    endpoint_at(site, slow_sink.url)
    events(site, customers=10, each=2)
    with child(*WORKER) as process:
        eventually(lambda: slow_sink.count() >= 3, process)
        status, _ = ended(process, signal.SIGKILL)
    assert status == -signal.SIGKILL
    _let_leases_run_out()

    with child(*WORKER, "--once") as process:
        assert ended(process)[0] == 0

    assert (leased(), pending()) == (0, 0)
    first_arrivals = {
        customer: list(dict.fromkeys(names)) for customer, names in names_by_customer(slow_sink.received()).items()
    }
    assert first_arrivals == {f"c{number}": [1, 2] for number in range(10)}


def _has_done_its_upkeep() -> bool:
    return Job.objects.exclude(finished_at=None).count() == upkeep()


def _let_leases_run_out() -> None:
    Lane.objects.exclude(lease_until=None).update(lease_until=NOW)
