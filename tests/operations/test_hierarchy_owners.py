"""Who is invoiced and who pays. Contract: "Link a customer", ``invoice_owner_id`` and ``payment_owner_id``."""

from __future__ import annotations

import pytest

from billing_customers.exceptions import InvalidInput, InvalidState
from billing_customers.models import BillingSite, Customer, Invoice
from billing_customers.operations.documents import close_unbilled_charge, create_subscription, create_unbilled_charge
from billing_customers.queries.owners import Owners, resolve_owners
from tests.operations import acts
from tests.operations.collecting import a_source, an_invoice, collect
from tests.operations.families import chain, delink, link, owned, owners, people, places
from tests.operations.watching import faults, listening, refusal

NOT_ABOVE = "Must be the customer itself or one of those above it."
NOT_THE_SAME = "Must be the invoice owner, unless the customer itself is invoiced."


@pytest.fixture
def family(site: BillingSite) -> BillingSite:
    """``top`` over ``mid`` and ``aunt``; ``child``, who comes below ``mid``, over ``low``."""
    chain(site, "top mid")
    chain(site, "child low")
    people(site, "aunt stranger")
    link(site, "aunt", "top")
    return site


@pytest.mark.parametrize(
    ("invoiced", "pays", "expected"),
    [
        (None, None, ("child", "child")),
        (None, "mid", ("child", "mid")),
        (None, "top", ("child", "top")),
        ("child", None, ("child", "child")),
        ("child", "child", ("child", "child")),
        ("child", "mid", ("child", "mid")),
        ("child", "top", ("child", "top")),
        ("mid", None, ("mid", "mid")),
        ("mid", "mid", ("mid", "mid")),
        ("top", None, ("top", "top")),
        ("top", "top", ("top", "top")),
    ],
)
def test_owners_are(family: BillingSite, invoiced: str | None, pays: str | None, expected: tuple[str, str]) -> None:
    link(family, "child", "mid", invoice_owner_id=invoiced, payment_owner_id=pays)

    assert owners(family)["child"] == expected
    assert places(family)["low"] == ("child", "top")


@pytest.mark.parametrize(
    ("invoiced", "pays", "expected"),
    [
        ("mid", "child", [("payment_owner_id", NOT_THE_SAME)]),
        ("mid", "top", [("payment_owner_id", NOT_THE_SAME)]),
        ("top", "mid", [("payment_owner_id", NOT_THE_SAME)]),
        ("aunt", None, [("invoice_owner_id", NOT_ABOVE)]),
        ("low", None, [("invoice_owner_id", NOT_ABOVE)]),
        ("child", "low", [("payment_owner_id", NOT_ABOVE)]),
        (None, "stranger", [("payment_owner_id", NOT_ABOVE)]),
        ("aunt", "stranger", [("invoice_owner_id", NOT_ABOVE), ("payment_owner_id", NOT_ABOVE)]),
    ],
)
def test_owners_are_refused(
    family: BillingSite, invoiced: str | None, pays: str | None, expected: list[tuple[str, str]]
) -> None:
    with refusal(InvalidInput) as caught:
        link(family, "child", "mid", invoice_owner_id=invoiced, payment_owner_id=pays)

    assert faults(caught) == expected


def test_new_top_takes_the_place_of_owners_that_are_not_above_any_more(site: BillingSite) -> None:
    people(site, "top mid a b c d")
    link(site, "mid", "top")
    owned(site, "a", "mid", invoiced="top", pays="top")
    owned(site, "b", "mid", invoiced="b", pays="top")
    owned(site, "c", "mid", invoiced="mid", pays="mid")
    owned(site, "d", "a", invoiced="a", pays="a")

    with listening() as said:
        delink(site, "mid")

    assert owners(site) == {"a": ("mid", "mid"), "b": ("b", "mid"), "c": ("mid", "mid"), "d": ("a", "a")}
    assert [each.customer.public_id for each in said] == ["a", "b", "mid"]
    assert said[0].changes is not None
    before, after = said[0].changes["relationship"]
    assert (before["root_id"], before["invoice_owner_id"]) == ("mid", "top")
    assert (after["invoice_owner_id"], after["payment_owner_id"]) == ("mid", "mid")
    assert places(site)["d"] == ("a", "mid")


def test_resolved_owners_are_those_of_the_relationship_or_itself(site: BillingSite) -> None:
    people(site, "top child alone")
    owned(site, "child", "top", invoiced="child", pays="top")
    top, child, alone = (Customer.objects.get(public_id=name).pk for name in ("top", "child", "alone"))

    assert resolve_owners(site, [child, alone]) == {child: Owners(child, top), alone: Owners(alone, alone)}


@pytest.mark.parametrize("is_first", [True, False])
def test_invoice_is_the_invoice_owners_and_paid_by_it(site: BillingSite, is_first: bool) -> None:
    # The customers' locks are taken in the order of their keys, whoever of them is older.
    people(site, "child top" if is_first else "top child")
    owned(site, "child", "top", invoiced="top", pays="top")
    create_subscription(site=site, customer_public_id="child", status="active", public_id="sub", at=acts.LATER)
    source = a_source(site, public_id="top")

    invoice = an_invoice(site, 700, "of-child", customer="child", subscription_id="sub")
    payment = collect(site, "of-child", customer="top")

    assert (invoice.customer.public_id, invoice.subscription and invoice.subscription.public_id) == ("top", "sub")
    assert (payment.customer.public_id, payment.payment_source) == ("top", source)


def test_payer_pays_for_a_child_that_is_invoiced_itself(site: BillingSite) -> None:
    people(site, "top mid child")
    link(site, "mid", "top")
    owned(site, "child", "mid", invoiced="child", pays="top")
    source = a_source(site, public_id="top")

    invoice = an_invoice(site, 700, "of-child", customer="child")
    payment = collect(site, "of-child", customer="child")

    assert invoice.customer.public_id == "child"
    assert (payment.customer.public_id, payment.payment_source) == ("top", source)


def test_delinked_child_is_invoiced_itself_again(site: BillingSite) -> None:
    people(site, "top child")
    owned(site, "child", "top", invoiced="top", pays="top")
    delink(site, "child")

    assert an_invoice(site, 700, "of-child", customer="child").customer.public_id == "child"


def test_charge_of_a_child_becomes_part_of_its_owners_invoice(site: BillingSite) -> None:
    people(site, "top child")
    owned(site, "child", "top", invoiced="top", pays="top")
    create_unbilled_charge(site=site, customer_public_id="child", amount=5, public_id="li", at=acts.LATER)
    an_invoice(site, 5, "inv", customer="child")

    charge = close_unbilled_charge(site=site, public_id="li", invoice_id="inv", at=acts.LATER)

    assert charge.invoice == Invoice.objects.get()


def test_owner_that_cannot_be_locked_is_not_invoiced(site: BillingSite) -> None:
    people(site, "top child")
    owned(site, "child", "top", invoiced="top", pays="top")
    Customer.objects.filter(public_id="top").update(is_live=None, deleted_at=acts.LATER)

    with refusal(InvalidState) as caught:
        an_invoice(site, 700, "of-child", customer="child")

    assert caught.value.message == "The customer who is invoiced cannot be invoiced now."
