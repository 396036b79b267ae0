"""What an attacker wants: the same customer in three sites, and the keys to try it with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest import mock

from billing_customers.choices import PaymentRole, SubscriptionStatus
from billing_customers.models import (
    Allocation,
    ApiKey,
    Balance,
    BillingSite,
    Contact,
    Customer,
    CustomerAlias,
    CustomerMerge,
    Delivery,
    Event,
    GatewayAccount,
    Invoice,
    LedgerEntry,
    MoveAllowance,
    PaymentSource,
    Relationship,
    ResourceMigration,
    Subscription,
    TestGatewayCharge,
    Transaction,
    WebhookEndpoint,
    WebhookSecret,
)
from billing_customers.operations import ledger
from billing_customers.operations.api_keys import create_api_key, revoke_api_key
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer, rename_customer
from billing_customers.operations.documents import create_invoice, create_subscription
from billing_customers.operations.hierarchy import link_customer
from billing_customers.operations.merging import merge_customers
from billing_customers.operations.webhooks import create_endpoint
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.dialects.clock import START
from tests.operations import paying
from tests.operations.money import credit, pay

USABLE = ("own", "read only", "other site", "other mode")
USELESS = ("revoked", "expired", "none", "junk")

VICTIM = "victim"
FORMER = "former"
SPARE = "spare"


TABLES = (
    Customer,
    Contact,
    CustomerAlias,
    CustomerMerge,
    Relationship,
    GatewayAccount,
    PaymentSource,
    Subscription,
    Invoice,
    Allocation,
    TestGatewayCharge,
    Balance,
    LedgerEntry,
    MoveAllowance,
    ResourceMigration,
    Transaction,
    WebhookEndpoint,
    WebhookSecret,
    Event,
    Delivery,
)


@dataclass(frozen=True)
class Victims:
    """``keys`` by what is the matter with them; ``None`` is no key at all."""

    site: BillingSite
    keys: dict[str, str | None]


def make(site: BillingSite, other_site: BillingSite, live_site: BillingSite) -> Victims:
    """A customer with a contact, a former id, two payment sources, credits, a payment, a subscription and an invoice, a
    webhook endpoint and an event in ``site`` alone, and a key of each sort. What has a public id has the same one.
    """
    create_customer(site=site, public_id=FORMER, attributes={"name": "Tal", "email": "victim@example.com"}, at=START)
    rename_customer(site=site, public_id=FORMER, new_public_id=VICTIM, at=START)
    add_contact(site=site, public_id=VICTIM, attributes={"id": "jane", "email": "jane@example.com"}, at=START)
    for name, role in ((VICTIM, PaymentRole.PRIMARY), (SPARE, PaymentRole.NONE)):
        source = paying.attach(site, VICTIM, reference=name, role=role, at=START)
        PaymentSource.objects.filter(pk=source.pk).update(public_id=name)
    Customer.objects.filter(site=site).update(primary_payment_source_id=VICTIM)
    with mock.patch.object(ledger, "new_id", return_value=VICTIM):
        # An entry cannot be given another id later.
        credit(site, 1000, VICTIM, at=START)
    pay(site, 500, VICTIM, at=START, public_id=VICTIM)
    said: dict[str, Any] = {"site": site, "customer_public_id": VICTIM, "public_id": VICTIM, "at": START}
    create_subscription(status=SubscriptionStatus.CANCELED, **said)
    create_invoice(total=700, subscription_id=VICTIM, **said)
    for name in ("lost", "found"):
        create_customer(site=site, public_id=name, attributes={}, at=START)
    merge_customers(site=site, from_id="lost", to_id="found", at=START)
    assert run_due(clock=lambda: START) is Outcome.SUCCEEDED
    CustomerMerge.objects.filter(site=site).update(public_id=VICTIM)
    create_customer(site=site, public_id="elder", attributes={}, at=START)
    link_customer(site=site, public_id=VICTIM, parent_id="elder", at=START)
    create_endpoint(site=site, attributes={"dialect": "ching", "url": "https://receiver.example.com/victim"}, at=START)
    WebhookEndpoint.objects.filter(site=site).update(public_id=VICTIM)
    Event.objects.filter(site=site, customer__public_id=VICTIM, sequence=1).update(public_id=VICTIM)
    revoked, revoked_text = create_api_key(site=site, scopes=["write", "pii:clear"], at=START)
    revoke_api_key(key=revoked, at=START)
    soon = START + timedelta(microseconds=1)
    keys: dict[str, str | None] = {
        "own": create_api_key(site=site, scopes=["write", "pii:clear"], at=START)[1],
        "read only": create_api_key(site=site, scopes=["read"], at=START)[1],
        "other site": create_api_key(site=other_site, scopes=["write", "pii:clear"], at=START)[1],
        "other mode": create_api_key(site=live_site, scopes=["write", "pii:clear"], at=START)[1],
        "revoked": revoked_text,
        "expired": create_api_key(site=site, scopes=["write", "pii:clear"], expires_at=soon, at=START)[1],
        "none": None,
        "junk": "ck_test_" + "a" * 88,
    }
    return Victims(site, keys)


def rows(*sites: BillingSite) -> list[dict[str, Any]]:
    """Everything that the tenant's customers are made of, of all sites or of ``sites``."""
    wanted = {"site__in": sites} if sites else {}
    found: list[dict[str, Any]] = []
    for model in TABLES:
        found.extend(model._default_manager.filter(**wanted).order_by("pk").values())
    return found


def mark_as_used(at: Any) -> None:
    """Spare the next requests the noting of their keys' use, so that a refused one writes nothing at all."""
    ApiKey.objects.update(last_used_at=at)
