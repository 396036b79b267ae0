"""States that a customer can be in when somebody wants to delete it, link it or delink it: each makes ``acme``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing_customers.models import BillingSite, CreditNote, Customer
from billing_customers.operations import collecting, documents
from billing_customers.operations.hierarchy import delink_customer
from tests.factories import RelationshipFactory
from tests.fixtures import NOW
from tests.hostapp.models import Badge, Membership
from tests.operations import acts
from tests.operations.collecting import LATER, a_source, an_invoice, collect, collection
from tests.operations.families import chain, link, owned, people
from tests.operations.money import credit

Setup = Callable[[BillingSite], Any]


def alone(site: BillingSite) -> Customer:
    return acts.create(site, "acme")


def subscribed(status: str) -> Setup:
    def setup(site: BillingSite) -> None:
        alone(site)
        documents.create_subscription(
            site=site,
            customer_public_id="acme",
            status=status,  # type: ignore[arg-type]
            public_id="sub",
            at=NOW,
        )

    return setup


def member_of_the_host(state: str) -> Setup:
    def setup(site: BillingSite) -> None:
        Membership.objects.create(member=alone(site), state=state, code="m1", nickname="Dan")

    return setup


def with_a_badge(site: BillingSite) -> None:
    Badge.objects.create(customer=alone(site), given_at=NOW, value=1)


def with_a_badge_and_subscribed(site: BillingSite) -> None:
    member_of_the_host("on")(site)
    Badge.objects.create(customer=Customer.objects.get(), given_at=NOW, value=1)


def with_documents(site: BillingSite) -> None:
    alone(site)
    a_source(site)
    an_invoice(site)
    collect(site)
    credit(site, 500)


def paying(site: BillingSite) -> None:
    """A payment is under way."""
    alone(site)
    a_source(site)
    an_invoice(site)
    collecting.begin_collection(site=site, customer_public_id="acme", collection=collection(), at=LATER)


def paid_for(site: BillingSite) -> None:
    """Another customer has paid an invoice of acme's."""
    payer = acts.create(site, "payer")
    RelationshipFactory(child=alone(site), parent=payer, invoice_owner=Customer.objects.get(public_id="acme"))
    a_source(site, public_id="payer")
    an_invoice(site)
    collect(site)
    delink_customer(site=site, public_id="acme", at=acts.LATER)


def credited_elsewhere(site: BillingSite) -> None:
    people(site, "other")
    note = documents.create_credit_note(site=site, customer_public_id="other", total=400, public_id="cn", at=NOW)
    an_invoice(site, 1000, "theirs", customer="other", apply_credits=True)
    CreditNote.objects.filter(pk=note.pk).update(customer=alone(site))


def chains(*names: str) -> Setup:
    """Hierarchies, each from its top down."""

    def setup(site: BillingSite) -> None:
        for each in names:
            chain(site, each)

    return setup


def with_two_children(site: BillingSite) -> None:
    """``hq`` has as many as it may have."""
    chains("acme", "hq a", "b")(site)
    link(site, "b", "hq")


def with_a_child_of_anothers(site: BillingSite) -> None:
    chains("parent acme", "child")(site)
    owned(site, "child", "acme", invoiced="child", pays="parent")


DELETIONS: dict[str, Setup] = {
    "alone": alone,
    **{status: subscribed(status) for status in ("active", "trialing", "past_due", "incomplete", "canceled")},
    "member of the host": member_of_the_host("late"),
    "former member of the host": member_of_the_host("off"),
    "badge of the host": with_a_badge,
    "badge and subscription of the host": with_a_badge_and_subscribed,
    "documents": with_documents,
    "payment under way": paying,
    "paid for by another": paid_for,
    "credits used elsewhere": credited_elsewhere,
    "child": chains("parent acme"),
    "parent": chains("acme child"),
    "parent and child": chains("parent acme child"),
}

# With what is asked for; the settings allow four levels and two children.
LINKS: dict[str, tuple[Setup, dict[str, str]]] = {
    "alone": (chains("acme", "hq"), {"parent_id": "hq"}),
    "with children": (chains("hq", "acme a b"), {"parent_id": "hq"}),
    "has a parent": (chains("hq", "parent acme"), {"parent_id": "hq"}),
    "no such parent": (alone, {"parent_id": "nobody"}),
    "has a parent, and no such other": (chains("parent acme"), {"parent_id": "nobody"}),
    "itself": (alone, {"parent_id": "acme"}),
    "below itself": (chains("acme a b"), {"parent_id": "b"}),
    "as deep as may be": (chains("top hq", "acme a"), {"parent_id": "hq"}),
    "too deep": (chains("top hq", "acme a b"), {"parent_id": "hq"}),
    "too wide": (with_two_children, {"parent_id": "hq"}),
    "payer above": (chains("acme", "hq north"), {"parent_id": "north", "payment_owner_id": "hq"}),
    "invoiced above": (chains("acme", "hq north"), {"parent_id": "north", "invoice_owner_id": "hq"}),
    "payer elsewhere": (chains("acme", "hq", "other"), {"parent_id": "hq", "payment_owner_id": "other"}),
    "both owners elsewhere": (
        chains("acme", "hq", "other"),
        {"parent_id": "hq", "payment_owner_id": "other", "invoice_owner_id": "other"},
    ),
    "no such payer": (chains("acme", "hq"), {"parent_id": "hq", "payment_owner_id": "nobody"}),
    "owners that differ": (
        chains("acme", "hq north"),
        {"parent_id": "north", "payment_owner_id": "hq", "invoice_owner_id": "north"},
    ),
}

UNLINKS: dict[str, Setup] = {
    "alone": alone,
    "child": chains("parent acme"),
    "top": chains("acme child"),
    "with a child that another pays for": with_a_child_of_anothers,
}
