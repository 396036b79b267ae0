"""Payment sources in short: what a gateway keeps, how it is attached, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_customers import signals
from billing_customers.choices import PaymentMethodType, PaymentRole
from billing_customers.events.sealing import Secret
from billing_customers.gateways.base import CardInput, StoredSource
from billing_customers.models import BillingSite, Customer, GatewayAccount, Job, PaymentSource
from billing_customers.operations import locks
from billing_customers.operations.gateway_accounts import default_test_gateway
from billing_customers.operations.payment_sources import PreparedSource, attach_source
from billing_customers.work.handlers import RunningJob, handlers
from tests.fixtures import NOW

HEARD = {
    "created": signals.customer_created,
    "updated": signals.customer_updated,
    "deleted": signals.customer_deleted,
    "source added": signals.payment_source_added,
    "source updated": signals.payment_source_updated,
    "source deleted": signals.payment_source_deleted,
    "source expiring": signals.payment_source_expiring,
    "source expired": signals.payment_source_expired,
}

CARD = CardInput(number=Secret("4012888888881881"), expiry_month=10, expiry_year=2030, cvv=Secret("999"))


def an_account(site: BillingSite) -> GatewayAccount:
    """The site's account with the test gateway."""
    return default_test_gateway(site, NOW)


def stored(reference: str = "tok_1", **said: Any) -> StoredSource:
    """A Visa card that is good to the end of 2030, in a gateway's vault."""
    card: dict[str, Any] = {
        "type": PaymentMethodType.CARD,
        "brand": "visa",
        "last4": "1881",
        "iin": "401288",
        "expiry_month": 10,
        "expiry_year": 2030,
    }
    return StoredSource(reference_id=reference, **{**card, **said})


def prepared(site: BillingSite, reference: str = "tok_1", *, is_new: bool = True, **said: Any) -> PreparedSource:
    return PreparedSource(an_account(site), stored(reference, **said), is_new=is_new)


def attach(
    site: BillingSite,
    public_id: str = "acme",
    reference: str = "tok_1",
    role: PaymentRole = PaymentRole.NONE,
    at: datetime = NOW,
    **said: Any,
) -> PaymentSource:
    """A source of the customer ``public_id``."""
    with transaction.atomic():
        customer = locks.lock_customer(site, public_id)
        return attach_source(site=site, customer=customer, prepared=prepared(site, reference, **said), role=role, at=at)


def roles(public_id: str = "acme") -> tuple[str | None, str | None]:
    """The ids of the primary and of the backup source, as the row has them."""
    columns = ("primary_payment_source_id", "backup_payment_source_id")
    return Customer.objects.values_list(*columns).get(public_id=public_id)  # type: ignore[return-value]


@contextmanager
def hearing() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The signals of customers and sources that are sent meanwhile, in their order, with what they carry."""
    heard: list[tuple[str, dict[str, Any]]] = []

    def receiver_of(what: str) -> Any:
        return lambda sender, signal, **said: heard.append((what, said))

    receivers = {what: receiver_of(what) for what in HEARD}
    for what, signal in HEARD.items():
        signal.connect(receivers[what])
    try:
        yield heard
    finally:
        for what, signal in HEARD.items():
            signal.disconnect(receivers[what])


def names(heard: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [what for what, _ in heard]


def jobs(kind: str = "payment_sources.detach") -> list[Job]:
    return list(Job.objects.filter(kind=kind).order_by("pk"))


def run(job: Job, at: datetime = NOW) -> Any:
    """What the handler of ``job`` returns."""
    return handlers()[job.kind].carry(RunningJob(job, clock=lambda: at, is_stopping=lambda: False))
