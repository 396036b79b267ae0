"""A process is killed in the middle of a payment: whoever goes on with it charges once, and the books are right."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing_customers.models import BillingSite, Customer, IdempotencyRecord, Job, TestGatewayCharge, Transaction
from billing_customers.operations import collecting, reconciling
from billing_customers.work import jobs
from billing_customers.work.recurring import ensure_recurring
from tests.clients import ChargebeeClient
from tests.concurrency.crowd import crowd, statuses, together
from tests.dialects.payments import allocations
from tests.dialects.sources import CARD
from tests.faults.payer import killed
from tests.operations import acts
from tests.operations.collecting import a_source, an_invoice, held, of_invoice

KILLED = -signal.SIGKILL
PAID, DUE = ("paid", 1000, 0, 0), ("payment_due", 0, 0, 1000)

# What is left by a process that dies then: the attempts, what is charged, and what is held.
LEFT = {
    "before it is written": (0, 0, []),
    "once it is written": (1, 0, ["inv"]),
    "once it is charged": (1, 1, ["inv"]),
    "while it is booked": (1, 1, ["inv"]),
}
in_each_moment = pytest.mark.parametrize("moment", LEFT)


@pytest.fixture
def payer(site: BillingSite) -> Customer:
    """A customer with a card and an invoice over 1000."""
    customer = acts.create(site)
    a_source(site)
    an_invoice(site, 1000)
    return customer


def left() -> tuple[int, int, list[str]]:
    return Transaction.objects.count(), TestGatewayCharge.objects.count(), held()


def repeat(key: str, idempotency_key: str | None = "order-1", **params: str) -> Any:
    headers = {"chargebee-idempotency-key": idempotency_key} if idempotency_key else {}
    return ChargebeeClient(key).post("/customers/acme/collect_payment", {**allocations("inv"), **params}, **headers)


def wait_for_the_lease() -> None:
    """A minute goes by."""
    IdempotencyRecord.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def work(after: timedelta = timedelta(minutes=3)) -> None:
    """What a worker does by then."""
    at = timezone.now() + after
    ensure_recurring(at=at)
    for _ in range(50):
        if jobs.run_due(clock=lambda: at) is None:
            return


def is_charged_once() -> bool:
    """One charge, one payment that succeeded, and nothing under way. That the books add up, each test asserts."""
    made = list(TestGatewayCharge.objects.values_list("amount", "status"))
    paid = Transaction.objects.filter(status="success").count()
    return (made, paid, held(), of_invoice()) == ([(1000, "succeeded")], 1, [], PAID)


@in_each_moment
def test_request_is_repeated_with_its_key(key: str, payer: Customer, database_url: str, moment: str) -> None:
    assert killed(database_url, moment, key, "order-1") == KILLED
    found = left()
    at_once = repeat(key)
    wait_for_the_lease()

    later, again = repeat(key), repeat(key)

    assert found == LEFT[moment]
    assert (at_once.status_code, at_once.json()["api_error_code"]) == (429, "lock_timeout")
    assert (later.status_code, again.content, again.headers["chargebee-idempotency-replayed"]) == (
        200,
        later.content,
        "true",
    )
    assert is_charged_once()


@pytest.mark.parametrize(
    ("moment", "settled", "invoice"),
    [
        ("before it is written", [], DUE),
        ("once it is written", ["failure"], DUE),
        ("once it is charged", ["success"], PAID),
        ("while it is booked", ["success"], PAID),
    ],
)
def test_worker_finds_out(
    key: str, payer: Customer, database_url: str, moment: str, settled: list[str], invoice: Any
) -> None:
    assert killed(database_url, moment, key) == KILLED
    assert left() == LEFT[moment]

    work()

    assert list(Transaction.objects.values_list("status", flat=True)) == settled
    assert (held(), of_invoice(), TestGatewayCharge.objects.count()) == ([], invoice, LEFT[moment][1])


@pytest.mark.parametrize(
    ("moment", "status", "charged", "invoice"),
    [
        ("before it is written", 200, 1, PAID),
        # What was written and never charged has been given up: its repetition is told so, and charges nothing.
        ("once it is written", 400, 0, DUE),
        ("once it is charged", 200, 1, PAID),
        ("while it is booked", 200, 1, PAID),
    ],
)
def test_worker_first_then_the_request_with_its_key(
    key: str, payer: Customer, database_url: str, moment: str, status: int, charged: int, invoice: Any
) -> None:
    assert killed(database_url, moment, key, "order-1") == KILLED
    work()
    wait_for_the_lease()

    answer = repeat(key)

    assert (answer.status_code, TestGatewayCharge.objects.count(), of_invoice()) == (status, charged, invoice)


@in_each_moment
def test_all_who_go_on_at_once(key: str, payer: Customer, database_url: str, moment: str) -> None:
    assert killed(database_url, moment, key, "order-1") == KILLED
    wait_for_the_lease()

    outcomes = crowd(lambda _: repeat(key), 8)

    assert set(statuses(outcomes)) <= {200, 429}
    assert is_charged_once()


@pytest.mark.parametrize("moment", ["once it is written", "once it is charged", "while it is booked"])
def test_worker_and_request_at_once(key: str, payer: Customer, database_url: str, moment: str) -> None:
    assert killed(database_url, moment, key, "order-1") == KILLED
    wait_for_the_lease()

    work_done, answer = together(work, lambda: repeat(key))

    assert (work_done.name, answer.name) == ("done", "done")
    # Whoever was first: either it is charged and booked, or neither.
    charged = TestGatewayCharge.objects.count()
    assert (charged, of_invoice()) in {(1, PAID), (0, DUE)}
    assert (held(), Transaction.objects.filter(status="success").count()) == ([], charged)


def test_others_are_kept_away_until_it_is_settled(key: str, payer: Customer, database_url: str) -> None:
    assert killed(database_url, "once it is charged", key) == KILLED

    refused = [repeat(key, None).status_code, repeat(key, "order-2").status_code]
    work()
    late = repeat(key, None)

    assert (refused, late.status_code, is_charged_once()) == ([409, 409], 400, True)


def test_new_card_is_stored_and_kept_once(key: str, payer: Customer, database_url: str) -> None:
    params = {**CARD, "retain_payment_source": "true"}
    said = [f"{name}={value}" for name, value in params.items()]
    assert killed(database_url, "once it is charged", key, "order-1", *said) == KILLED
    wait_for_the_lease()

    answer = repeat(key, **params)

    assert answer.status_code == 200
    assert (payer.payment_sources.count(), Job.objects.filter(kind="payment_sources.detach").count()) == (2, 0)
    assert is_charged_once()


def test_process_that_is_not_killed_pays(key: str, payer: Customer, database_url: str) -> None:
    assert killed(database_url, "never", key, "order-1") == 0

    assert is_charged_once()


def test_repetition_that_charges_blindly_would_charge_twice(
    key: str, payer: Customer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert killed(database_url, "once it is charged", key, "order-1") == KILLED
    wait_for_the_lease()
    # As if nothing was written before the call, and nothing held.
    monkeypatch.setattr(collecting, "find_attempt", lambda *_: None)
    Transaction.objects.update(request_key=None)
    Transaction.objects.get().allocations.update(is_open=None)

    repeat(key)

    assert TestGatewayCharge.objects.count() == 2
    Transaction.objects.filter(status="in_progress").update(status="failure")


def test_job_that_does_not_ask_would_lose_the_payment(
    key: str, payer: Customer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert killed(database_url, "once it is charged", key) == KILLED
    monkeypatch.setattr(reconciling, "gateway_of", lambda account: Silent())

    work()

    assert (TestGatewayCharge.objects.count(), of_invoice(), Transaction.objects.get().status) == (1, DUE, "failure")


class Silent:
    """A gateway that knows of nothing."""

    def look_up(self, request: Any) -> None:
        return None
