"""Invoices, what they are paid with, and payments for them, in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from billing_customers.events.sealing import Secret
from billing_customers.gateways.base import CardInput, Charge, ChargeRequest, ChargeStatus, ReferenceInput
from billing_customers.gateways.test import TestGateway
from billing_customers.models import (
    Allocation,
    BillingSite,
    Customer,
    Invoice,
    Job,
    PaymentSource,
    TestGatewayCharge,
    Transaction,
)
from billing_customers.operations import documents, reconciling
from billing_customers.operations.collecting import Collection
from billing_customers.operations.collection_plan import Wanted
from billing_customers.operations.payment_sources import add_payment_source, prepare_source
from billing_customers.operations.source_inputs import GivenSource
from billing_customers.receivers import EVENTS
from billing_customers.work.handlers import RunningJob
from tests.fixtures import NOW

LATER = NOW + timedelta(minutes=1)
MUCH_LATER = NOW + timedelta(minutes=5)

# What the cards of the test gateway do when they are charged.
GOOD = "4012888888881881"
DECLINED = "4000000000000341"
NEEDS_CONFIRMATION = "4000002760003184"
ANSWER_IS_LOST = "4000000000002008"
NOT_REACHED = "4000000000003006"
PENDING = "4000000000004004"
PENDING_DECLINED = "4000000000005001"
REFUSED = "4000000000000002"
SILENT = "4000000000001000"


def card(number: str = GOOD) -> GivenSource:
    return GivenSource(CardInput(Secret(number), expiry_month=10, expiry_year=2030, cvv=Secret("999")), within="card")


def reference(reference_id: str = "tok_success_known") -> GivenSource:
    return GivenSource(ReferenceInput("card", reference_id=reference_id), within="payment_method")


def a_source(site: BillingSite, number: str = GOOD, public_id: str = "acme", **said: Any) -> PaymentSource:
    """A card of the customer; its first becomes the primary one."""
    given = card(number).source
    prepared = prepare_source(
        site=site, customer_public_id=public_id, given=given, gateway_account_id=None, request_key=None, at=NOW
    )
    return add_payment_source(site=site, customer_public_id=public_id, prepared=prepared, at=NOW, **said)[1]


def an_invoice(
    site: BillingSite, total: int = 1000, public_id: str = "inv", customer: str = "acme", **said: Any
) -> Invoice:
    named: dict[str, Any] = {"at": NOW, **said}
    return documents.create_invoice(site=site, customer_public_id=customer, total=total, public_id=public_id, **named)


def wanted(*invoices: str | tuple[str, int | None]) -> tuple[Wanted, ...]:
    """Ids, or ids with amounts."""
    return tuple(Wanted(each) if isinstance(each, str) else Wanted(*each) for each in invoices)


def collection(*invoices: str | tuple[str, int | None], **said: Any) -> Collection:
    return Collection(invoices=wanted(*(invoices or ("inv",))), **said)


def collect(
    site: BillingSite,
    *invoices: str | tuple[str, int | None],
    customer: str = "acme",
    at: datetime = LATER,
    actor: Any = None,
    **said: Any,
) -> Transaction:
    """One payment from end to end, for the invoice ``inv`` unless others are named."""
    named = {"actor": actor} if actor else {}
    return reconciling.collect_payment(
        site=site, customer_public_id=customer, collection=collection(*invoices, **said), at=at, **named
    )


def reconcile(payment: Transaction, at: datetime = MUCH_LATER) -> str:
    """What the job that looks after the payment returns at the time ``at``."""
    job = Job(site=payment.site, kind="payments.reconcile", arguments={"transaction": payment.public_id})
    return reconciling.reconcile(RunningJob(job, clock=lambda: at, is_stopping=lambda: False))


def columns(row: Any, *names: str) -> tuple[Any, ...]:
    """Columns of the row, as the database has it."""
    values: tuple[Any, ...] = type(row)._default_manager.values_list(*names).get(pk=row.pk)
    return values


def of_invoice(public_id: str = "inv") -> tuple[Any, ...]:
    """Status, what is paid, what is credited, and what is due."""
    found = Invoice.objects.values_list("status", "amount_paid", "credits_applied", "amount_due")
    return found.get(public_id=public_id)


def held() -> list[str]:
    """The ids of the invoices that a payment is under way for."""
    return sorted(Allocation.objects.filter(is_open=True).values_list("invoice__public_id", flat=True))


def charges() -> list[tuple[int, str]]:
    """What the gateway was made to charge: amounts and what became of them."""
    return list(TestGatewayCharge.objects.order_by("pk").values_list("amount", "status"))


def used(payment: Transaction) -> list[tuple[str, int]]:
    """What of the payment was used for which invoice."""
    rows = Allocation.objects.filter(transaction=payment, applied_at__isnull=False).order_by("position", "id")
    return list(rows.values_list("invoice__public_id", "amount"))


@contextmanager
def hearing() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Every signal of the domain that is sent meanwhile, by its event's type, with what it carries."""
    heard: list[tuple[str, dict[str, Any]]] = []

    def receiver_of(name: str) -> Any:
        return lambda sender, signal, **said: heard.append((name, said))

    receivers = [(signal, receiver_of(str(event_type))) for signal, _, event_type in EVENTS]
    for signal, receive in receivers:
        signal.connect(receive)
    try:
        yield heard
    finally:
        for signal, receive in receivers:
            signal.disconnect(receive)


def names(heard: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    return [name for name, _ in heard]


class FakeGateway(TestGateway):
    """The test gateway with a script: what its calls answer, or raise, in turn; then its own answers."""

    script: list[Any] = []
    asked: list[tuple[str, ChargeRequest]] = []

    def charge(self, request: ChargeRequest) -> Charge:
        self.asked.append(("charge", request))
        return self._next() or super().charge(request)

    def look_up(self, request: ChargeRequest) -> Charge | None:
        self.asked.append(("look_up", request))
        return self._next() or super().look_up(request)

    def _next(self) -> Charge | None:
        if not self.script:
            return None
        said = self.script.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


def paid(id_at_gateway: str = "ch_1") -> Charge:
    return Charge(ChargeStatus.SUCCEEDED, id_at_gateway=id_at_gateway)


def version_of(customer: Customer) -> int:
    return int(columns(customer, "resource_version")[0])
