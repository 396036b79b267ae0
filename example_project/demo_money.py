"""Money for the demo's newest customers: cards, subscriptions, invoices, credits, and payments, some declined."""

from __future__ import annotations

from datetime import datetime, timedelta

from billing_customers.actors import Actor
from billing_customers.choices import PaymentRole, SubscriptionStatus
from billing_customers.events.sealing import Secret
from billing_customers.exceptions import PaymentFailed
from billing_customers.gateways.base import CardInput
from billing_customers.models import BillingSite, Customer, Invoice
from billing_customers.operations.collecting import Collection
from billing_customers.operations.collection_plan import Wanted
from billing_customers.operations.credits import add_promotional_credits, deduct_promotional_credits
from billing_customers.operations.documents import create_invoice, create_subscription
from billing_customers.operations.payment_sources import add_payment_source, assign_payment_role, prepare_source
from billing_customers.operations.payments import record_excess_payment
from billing_customers.operations.reconciling import collect_payment
from billing_customers.operations.source_inputs import GivenSource

CUSTOMERS_WITH_MONEY = 30
PRICES = (4_900, 12_900, 25_050)
# Numbers of the test gateway: the second one is declined when it is charged.
GOOD, DECLINED, BACKUP = "4111111111111111", "4000000000000341", "5555555555554444"

DEMO = Actor("system", "demo")


def load_money(site: BillingSite, *, at: datetime) -> None:
    """Give the newest customers money, unless there is an invoice already. Calls the test gateway, so it must be
    called outside a transaction.
    """
    if Invoice.objects.for_site(site).exists():
        return
    newest = list(Customer.objects.for_site(site).live().newest_first()[:CUSTOMERS_WITH_MONEY])
    for number, customer in enumerate(newest):
        _give_cards(site, customer, number, at)
        _give_documents(site, customer, number, at)
        _give_credits(site, customer, number, at)
        _collect(site, customer, at)


def _give_cards(site: BillingSite, customer: Customer, number: int, at: datetime) -> None:
    _attach(site, customer, DECLINED if number % 5 == 4 else GOOD, at)
    if number % 2 == 0:
        _attach(site, customer, BACKUP, at, role=PaymentRole.BACKUP)


def _attach(
    site: BillingSite, customer: Customer, card: str, at: datetime, role: PaymentRole = PaymentRole.NONE
) -> None:
    said = CardInput(Secret(card), expiry_month=11, expiry_year=at.year + 3, cvv=Secret("123"))
    prepared = prepare_source(
        site=site,
        customer_public_id=customer.public_id,
        given=GivenSource(said, within="card").source,
        gateway_account_id=None,
        request_key=None,
        at=at,
    )
    whose = customer.public_id
    _, source = add_payment_source(site=site, customer_public_id=whose, prepared=prepared, actor=DEMO, at=at)
    if role != PaymentRole.NONE:
        assign_payment_role(
            site=site, customer_public_id=whose, payment_source_id=source.public_id, role=role, actor=DEMO, at=at
        )


def _give_documents(site: BillingSite, customer: Customer, number: int, at: datetime) -> None:
    whose, price = customer.public_id, PRICES[number % len(PRICES)]
    status = SubscriptionStatus.TRIALING if number % 7 == 0 else SubscriptionStatus.ACTIVE
    subscription = create_subscription(site=site, customer_public_id=whose, status=status, actor=DEMO, at=at)
    for month in (2, 1, 0):
        create_invoice(
            site=site,
            customer_public_id=whose,
            total=price,
            due_at=at + timedelta(days=30 * (1 - month)),
            subscription_id=subscription.public_id,
            actor=DEMO,
            at=at,
        )


def _give_credits(site: BillingSite, customer: Customer, number: int, at: datetime) -> None:
    whose = customer.public_id
    if number % 3 == 0:
        for operation, amount, why in (
            (add_promotional_credits, 5_000, "Welcome"),
            (deduct_promotional_credits, 750, "Given twice"),
        ):
            operation(site=site, customer_public_id=whose, amount=amount, description=why, actor=DEMO, at=at)
    if number % 4 == 0:
        record_excess_payment(
            site=site,
            customer_public_id=whose,
            amount=1_250,
            date=at,
            payment_method="bank_transfer",
            reference_number=f"BT-{number:04d}",
            actor=DEMO,
            at=at,
        )


def _collect(site: BillingSite, customer: Customer, at: datetime) -> None:
    """Collect the oldest invoice. Some cards are declined, as in life."""
    oldest = Invoice.objects.for_site(site).filter(customer=customer).order_by("pk").first()
    if oldest is None:
        return
    collection = Collection(invoices=(Wanted(oldest.public_id),))
    try:
        collect_payment(site=site, customer_public_id=customer.public_id, collection=collection, actor=DEMO, at=at)
    except PaymentFailed:
        # Its attempt is a failed transaction, which the demo is to show too.
        return
