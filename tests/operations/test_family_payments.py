"""Whoever has taken on the payments of a customer is charged for its invoices. Contract: account hierarchy,
``payment_owner_id``.
"""

from __future__ import annotations

import pytest

from billing_customers.choices import Bucket
from billing_customers.exceptions import InvalidInput, InvalidState, NotFound, PaymentSourceMissing
from billing_customers.models import BillingSite, Customer, PaymentSource, Relationship, Transaction
from billing_customers.operations import collecting
from billing_customers.operations.settling_payments import settle_collection
from tests.factories import RelationshipFactory
from tests.operations import acts
from tests.operations import collecting as pay
from tests.operations.collecting import (
    LATER,
    MUCH_LATER,
    a_source,
    an_invoice,
    charges,
    collect,
    collection,
    columns,
    hearing,
    held,
    names,
    of_invoice,
    paid,
    used,
    version_of,
)
from tests.operations.money import amounts
from tests.operations.watching import faults, refusal

EXCESS = Bucket.EXCESS_PAYMENTS


@pytest.fixture
def child(site: BillingSite, acme: Customer) -> Customer:
    """Below ``acme``, who pays for it; each has an invoice: ``of-child`` over 1000, ``inv`` over 500."""
    child = acts.create(site, "child")
    RelationshipFactory(child=child, parent=acme, invoice_owner=child)
    an_invoice(site, 1000, "of-child", customer="child")
    an_invoice(site, 500)
    return child


def test_parent_pays_the_childs_invoice(site: BillingSite, acme: Customer, child: Customer) -> None:
    source = a_source(site)

    payment = collect(site, "of-child", amount=1100)

    assert columns(payment, "customer", "payment_source") == (acme.pk, source.pk)
    assert (of_invoice("of-child"), used(payment)) == (("paid", 1000, 0, 0), [("of-child", 1000)])
    assert (amounts(acme, EXCESS), amounts(child, EXCESS)) == ({"USD": 100}, {})


@pytest.mark.parametrize("is_first", [True, False])
def test_child_is_named_and_its_parent_pays(site: BillingSite, is_first: bool) -> None:
    # The customers' locks are taken in the order of their keys, whoever of them is older.
    order = ["child", "acme"] if is_first else ["acme", "child"]
    family = {name: acts.create(site, name) for name in order}
    RelationshipFactory(child=family["child"], parent=family["acme"], invoice_owner=family["child"])
    an_invoice(site, 1000, "of-child", customer="child")
    source = a_source(site)

    payment = collect(site, "of-child", customer="child", amount=1100)

    assert columns(payment, "customer", "payment_source") == (family["acme"].pk, source.pk)
    assert amounts(family["acme"], EXCESS) == {"USD": 100}


def test_source_of_the_child_is_not_charged_for_what_its_parent_pays(
    site: BillingSite, acme: Customer, child: Customer
) -> None:
    source = a_source(site, public_id="child")

    with refusal(PaymentSourceMissing):
        collect(site, "of-child", customer="child")
    with refusal(NotFound) as caught:
        collect(site, "of-child", customer="child", payment_source_id=source.public_id)

    assert caught.value.param == "payment_source_id"


def test_new_card_is_the_payers(site: BillingSite, acme: Customer, child: Customer) -> None:
    collect(site, "of-child", customer="child", given=pay.card(), retains=True)

    assert PaymentSource.objects.get().customer == acme
    assert columns(child, "primary_payment_source_id") == (None,)


def test_invoices_of_both_are_paid_at_once(site: BillingSite, acme: Customer, child: Customer) -> None:
    a_source(site)

    payment = collect(site, "inv", "of-child", amount=1200)

    assert used(payment) == [("inv", 500), ("of-child", 700)]
    assert (of_invoice(), of_invoice("of-child")) == (("paid", 500, 0, 0), ("payment_due", 700, 0, 300))


def test_events_go_to_those_that_they_are_about(site: BillingSite, acme: Customer, child: Customer) -> None:
    a_source(site)

    with hearing() as heard:
        collect(site, "of-child")

    assert [(name, said["customer"]) for name, said in heard] == [
        ("payment_succeeded", acme),
        ("invoice_updated", child),
    ]
    assert [said["invoice"].customer for _, said in heard] == [child, child]


def test_version_of_the_child_stays(site: BillingSite, acme: Customer, child: Customer) -> None:
    a_source(site)

    collect(site, "of-child")

    assert (version_of(child), version_of(acme)) == (acts.VERSION, acts.LATER_VERSION)


def test_parents_invoice_is_not_the_childs_to_pay(site: BillingSite, acme: Customer, child: Customer) -> None:
    with refusal(NotFound) as caught:
        collect(site, "inv", customer="child")

    assert caught.value.param == "invoice_allocations.invoice_id.0"


def test_child_that_pays_for_itself_pays(site: BillingSite, acme: Customer, child: Customer) -> None:
    Relationship.objects.update(payment_owner=child)
    source = a_source(site, public_id="child")

    payment = collect(site, "of-child", customer="child")

    assert columns(payment, "customer", "payment_source") == (child.pk, source.pk)


def test_parent_does_not_pay_for_a_child_that_pays_for_itself(
    site: BillingSite, acme: Customer, child: Customer
) -> None:
    Relationship.objects.update(payment_owner=child)
    a_source(site)

    with refusal(NotFound):
        collect(site, "of-child")


def test_payment_is_of_one_payer(site: BillingSite, acme: Customer, child: Customer) -> None:
    top = acts.create(site, "top")
    RelationshipFactory(child=acme, parent=top)
    a_source(site)

    with refusal(InvalidInput) as caught:
        collect(site, "of-child", "inv")

    said = "Is paid by another customer than the first: the invoices must be paid by one."
    assert faults(caught) == [("invoice_allocations.invoice_id.1", said)]


def test_payer_in_the_middle_pays_for_its_child(site: BillingSite, acme: Customer, child: Customer) -> None:
    top = acts.create(site, "top")
    RelationshipFactory(child=acme, parent=top)
    source = a_source(site)

    assert columns(collect(site, "of-child"), "payment_source") == (source.pk,)


def test_relationship_of_another_site_counts_for_nothing(
    site: BillingSite, other_site: BillingSite, acme: Customer
) -> None:
    stranger = acts.create(other_site, "stranger")
    an_invoice(other_site, 700, "foreign", customer="stranger")
    RelationshipFactory(child=stranger, parent=acme, invoice_owner=stranger)
    a_source(site)

    with refusal(NotFound):
        collect(site, "foreign")


def bury(customer: Customer) -> None:
    """Leave a tombstone, past the operations: they delete nobody who is in a hierarchy."""
    Customer.objects.filter(pk=customer.pk).update(is_live=None, deleted_at=acts.LATER)


def test_invoice_of_a_deleted_child_is_as_missing(site: BillingSite, acme: Customer, child: Customer) -> None:
    bury(child)
    a_source(site)

    with refusal(NotFound):
        collect(site, "of-child")


def test_payer_that_was_deleted_cannot_be_charged(site: BillingSite, acme: Customer, child: Customer) -> None:
    bury(acme)

    with refusal(InvalidState) as caught:
        collect(site, "of-child", customer="child")

    assert caught.value.message == "The customer who pays for the invoices cannot be charged now."


def test_child_that_is_deleted_meanwhile_is_paid_for_all_the_same(
    site: BillingSite, acme: Customer, child: Customer
) -> None:
    a_source(site)
    attempt, _ = collecting.begin_collection(
        site=site, customer_public_id="acme", collection=collection("of-child"), at=LATER
    )
    bury(child)

    with hearing() as heard:
        settle_collection(site=site, attempt=attempt, charge=paid(), at=MUCH_LATER)

    assert (names(heard), of_invoice("of-child"), held()) == (["payment_succeeded"], ("paid", 1000, 0, 0), [])


def test_refusal_names_nobody_twice(site: BillingSite, acme: Customer, child: Customer) -> None:
    with refusal(PaymentSourceMissing):
        collect(site, "of-child")

    assert (charges(), Transaction.objects.count()) == ([], 0)
