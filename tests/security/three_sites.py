"""Three sites with the same things in them, whose ids differ by one digit, so that one can be asked for the others'."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any
from unittest import mock

from django.db import transaction
from django.db.models import QuerySet

from billing_customers.choices import PaymentRole, SubscriptionStatus
from billing_customers.gateways.test import undone_as_a_whole
from billing_customers.models import (
    BillingSite,
    Customer,
    CustomerMerge,
    Event,
    GatewayAccount,
    PaymentSource,
    Transaction,
)
from billing_customers.operations import ledger
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer, rename_customer
from billing_customers.operations.documents import create_invoice, create_subscription
from billing_customers.operations.hierarchy import link_customer
from billing_customers.operations.merging import merge_customers
from billing_customers.operations.move import schedule_move
from billing_customers.operations.move_allowances import allow_moves
from billing_customers.operations.sites import create_site, update_site
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.dialects.clock import START
from tests.operations import paying
from tests.operations.collecting import collect
from tests.operations.money import credit, pay

OWN, OTHER_SITE, OTHER_MODE, NOWHERE = "1", "2", "3", "9"
"""The digits: the last is nobody's."""

FOREIGN = {"other site": OTHER_SITE, "other mode": OTHER_MODE}


def of(digit: str, text: str) -> str:
    """``text`` about the site with this digit, which stands where ``~`` does."""
    return text.replace("~", digit)


def former(public_id: str) -> str:
    """The id that the customer had before, by which it can be named, too."""
    return f"former_{public_id}"


def fill(site: BillingSite, digit: str) -> None:
    """Whatever a request can name. ``payer_~`` has all that belongs to a customer, ``sub_~`` a parent ``top_~``, and
    ``old_~`` was merged into ``new_~``; the other customers have nothing.
    """

    def named(word: str) -> str:
        return f"{word}_{digit}"

    update_site(site=site, forbids_duplicate_emails=True)
    # The test gateway serves test sites alone.
    site = copy(site)
    site.livemode = False
    payer = named("payer")
    reachable = {"email": f"{payer}@example.com", "phone": f"+97254123456{digit}", "tax_id": f"51412345{digit}"}
    for word in ("payer", "top", "sub", "kid", "from", "into", "old", "new"):
        create_customer(site=site, public_id=former(named(word)), attributes=reachable, at=START)
        rename_customer(site=site, public_id=former(named(word)), new_public_id=named(word), at=START)
        reachable = {}
    link_customer(site=site, public_id=named("sub"), parent_id=named("top"), invoice_owner_id=named("top"), at=START)
    add_contact(site=site, public_id=payer, attributes={"id": named("jane"), "email": "jane@example.com"}, at=START)
    _fill_payment_sources(site, digit, payer)
    _fill_books(site, digit, payer)
    merge_customers(site=site, from_id=named("old"), to_id=named("new"), at=START)
    assert set(iter(lambda: run_due(clock=lambda: START), None)) == {Outcome.SUCCEEDED}
    assert CustomerMerge.objects.for_site(site).get().status == "merged"
    _fill_yard(site, digit)
    _call(Event.objects.filter(site=site, customer__public_id=payer, sequence=1), public_id=named("event"))


def _fill_payment_sources(site: BillingSite, digit: str, payer: str) -> None:
    """``main_~`` and ``spare_~``, which the account ``gate_~`` keeps; the former as ``vault_~``."""
    for word, role, reference in (("main", PaymentRole.PRIMARY, "vault"), ("spare", PaymentRole.NONE, "kept")):
        source = paying.attach(site, payer, reference=f"{reference}_{digit}", role=role, at=START)
        _call(PaymentSource.objects.filter(site=site, pk=source.pk), public_id=f"{word}_{digit}")
    _call(Customer.objects.filter(site=site, public_id=payer), primary_payment_source_id=f"main_{digit}")
    _call(GatewayAccount.objects.filter(site=site), public_id=f"gate_{digit}")


def _fill_books(site: BillingSite, digit: str, payer: str) -> None:
    """Credits ``credit_~``; ``cash_~``, paid by the check ``check_~``; an invoice ``paid_~`` of ``plan_~`` that
    ``charge_~`` paid, which the gateway calls ``deal_~``; and an invoice ``bill_~`` that nobody has paid.
    """
    with mock.patch.object(ledger, "new_id", return_value=f"credit_{digit}"):
        # An entry cannot be given another id later.
        credit(site, 1000, payer, at=START)
    said: dict[str, Any] = {"site": site, "customer_public_id": payer, "at": START}
    create_subscription(status=SubscriptionStatus.ACTIVE, public_id=f"plan_{digit}", **said)
    create_invoice(total=500, public_id=f"paid_{digit}", subscription_id=f"plan_{digit}", **said)
    charge = collect(site, f"paid_{digit}", customer=payer, at=START)
    _call(
        Transaction.objects.filter(site=site, pk=charge.pk), public_id=f"charge_{digit}", id_at_gateway=f"deal_{digit}"
    )
    create_invoice(total=700, public_id=f"bill_{digit}", **said)
    pay(site, 300, payer, at=START, public_id=f"cash_{digit}", reference_number=f"check_{digit}")


def _fill_yard(site: BillingSite, digit: str) -> None:
    """The site ``yard-~``, from which ``zed_~`` may be moved, and ``gone_~`` is to be."""
    yard = create_site(slug=f"yard-{digit}", at=START)
    allow_moves(site=site, from_site=yard, at=START)
    for word in ("zed", "gone"):
        create_customer(site=yard, public_id=f"{word}_{digit}", attributes={}, at=START)
    schedule_move(site=site, from_site=yard.slug, public_id=f"gone_{digit}", at=START)


def _call(row: QuerySet[Any], **names: str) -> None:
    """Give ids to the one row, which must be there: a site that lacks one would have nothing to be asked for."""
    assert row.update(**names) == 1


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is undone, and what is made up at random inside is the same each time."""
    chance = random.Random(7)
    with (
        mock.patch("secrets.choice", chance.choice),
        mock.patch("secrets.token_hex", lambda size: chance.randbytes(size).hex()),
        transaction.atomic(),
        undone_as_a_whole(),
    ):
        yield
        transaction.set_rollback(True)
