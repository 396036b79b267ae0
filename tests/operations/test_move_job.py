"""The job of a move: what it makes of the customer as it is then, and when it is repeated.

Contract: Chargebee "Move a customer" (chargebee-wire 3.12).
"""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers import signals
from billing_customers.actors import Actor
from billing_customers.models import BillingSite, Customer, Job, PaymentSource, ResourceMigration
from billing_customers.operations import locks
from billing_customers.operations.move import NOT_ENABLED
from billing_customers.operations.move_allowances import revoke_moves
from billing_customers.work.outcomes import Outcome
from tests.fixtures import NOW
from tests.operations import acts, moving, paying
from tests.operations.watching import rows, rows_stay


@pytest.fixture
def source(site: BillingSite) -> BillingSite:
    return moving.a_source(site)


def test_job_makes_the_copy(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)

    assert moving.run_all() == [Outcome.SUCCEEDED]
    assert moving.customers() == [("globex-test", "zed"), ("acme-test", "zed")]
    assert moving.outcome() == ("succeeded", "")
    assert moving.the_job().result == {"status": "succeeded", "payment_sources": 2}


def test_what_was_left_out_is_told_though_it_succeeded(site: BillingSite, source: BillingSite) -> None:
    paying.an_account(site)
    site.gateway_accounts.update(disabled_at=NOW)
    moving.schedule(site)

    moving.run_all()

    first, second = PaymentSource.objects.for_site(source).order_by("pk").values_list("public_id", flat=True)
    left_out = "The payment source {} was left out: no gateway account of this site has its vault."
    assert moving.outcome() == ("succeeded", f"{left_out.format(first)} {left_out.format(second)}")


SINCE: dict[str, tuple[Any, str]] = {
    "revoked": (lambda site, source: revoke_moves(site=site, from_site=source), NOT_ENABLED),
    "deleted": (lambda site, source: acts.delete(source, "zed"), "There is no such customer."),
    "taken": (lambda site, source: acts.create(site, "zed"), "The value zed is already present."),
    "badge": (lambda site, source: moving.give_badge(source), "It has a badge."),
    "clearing": (
        lambda site, source: Customer.objects.for_site(source).update(pii_cleared="scheduled_for_clear"),
        "The personal data of the customer is being cleared: it cannot be changed any more.",
    ),
}


@pytest.mark.parametrize("what", SINCE)
def test_what_has_come_up_since_fails_the_move_and_changes_nothing(
    site: BillingSite, source: BillingSite, settings: Any, what: str
) -> None:
    settings.BILLING_CUSTOMERS = moving.BADGES_KEEP
    moving.schedule(site)
    act, message = SINCE[what]
    act(site, source)
    before = rows()

    assert moving.run_all()[-1] is Outcome.SUCCEEDED

    assert moving.outcome() == ("failed", message)
    after = rows()
    assert {name for name in after if after[name] != before[name]} == {"ResourceMigration", "Job"}
    assert moving.the_job().result == {"status": "failed"}


def test_failed_move_can_be_asked_for_again(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    taken = acts.create(site, "zed")
    moving.run_all()
    acts.rename(site, "zed", "zoe")
    taken.aliases.all().delete()

    moving.schedule(site)
    moving.run_all()

    assert list(ResourceMigration.objects.order_by("pk").values_list("status", flat=True)) == ["failed", "succeeded"]


class Died(Exception):
    """The worker dies."""


@pytest.fixture
def dying() -> Any:
    """Once, the worker dies after the copy was written, and before it is committed."""

    def die(sender: Any, **said: Any) -> None:
        signals.customer_moved_out.disconnect(die)
        raise Died

    signals.customer_moved_out.connect(die)
    yield
    signals.customer_moved_out.disconnect(die)


@pytest.mark.usefixtures("dying")
def test_worker_that_dies_in_the_middle_has_changed_nothing(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    before = {name: found for name, found in rows().items() if name != "Job"}

    with pytest.raises(Died):
        paying.run(moving.the_job(), acts.LATER)

    assert {name: found for name, found in rows().items() if name != "Job"} == before


@pytest.mark.usefixtures("dying")
def test_job_that_is_repeated_after_that_makes_one_copy(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)

    assert moving.run_all() == [Outcome.FAILED]
    Job.objects.update(run_at=acts.LATER)
    assert moving.run_all() == [Outcome.SUCCEEDED]

    assert moving.customers() == [("globex-test", "zed"), ("acme-test", "zed")]
    assert PaymentSource.objects.for_site(site).count() == 2
    assert moving.outcome() == ("succeeded", "")


def test_job_that_is_repeated_after_the_commit_does_nothing_more(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    job = moving.the_job()
    paying.run(job, acts.LATER)
    revoke_moves(site=site, from_site=source)

    with rows_stay():
        result = paying.run(job, acts.LATER)

    assert result == {"status": "succeeded"}


def test_worker_that_was_overtaken_does_nothing_more(
    site: BillingSite, source: BillingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving.schedule(site)
    job = moving.the_job()
    lock = locks.lock_customers

    def wait(*where: Any) -> Any:
        monkeypatch.setattr(locks, "lock_customers", lock)
        # Meanwhile the other worker does it all.
        paying.run(job, acts.LATER)
        return lock(*where)

    monkeypatch.setattr(locks, "lock_customers", wait)

    assert paying.run(job, acts.LATER) == {"status": "succeeded"}
    assert moving.customers() == [("globex-test", "zed"), ("acme-test", "zed")]


def test_source_hears_of_it_whatever_silence_was_asked_for(site: BillingSite, source: BillingSite) -> None:
    heard: list[tuple[str, str, Any]] = []

    def hear(sender: Any, signal: Any, **said: Any) -> None:
        name = "in" if signal is signals.customer_moved_in else "out"
        heard.append((name, said["site"].slug, said["actor"]))

    for signal in (signals.customer_moved_in, signals.customer_moved_out):
        signal.connect(hear)
    moving.schedule(site, actor=Actor("api", "key", silences_webhooks=True))
    moving.run_all()
    for signal in (signals.customer_moved_in, signals.customer_moved_out):
        signal.disconnect(hear)

    assert heard == [
        ("in", "acme-test", Actor("scheduled_job", moving.KIND, silences_webhooks=True)),
        ("out", "globex-test", Actor("scheduled_job", moving.KIND)),
    ]
