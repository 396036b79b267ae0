"""Invoices, subscriptions, credit notes and unbilled charges: what they are made of, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.choices import Bucket
from billing_customers.exceptions import DuplicateId, InvalidInput, InvalidState, NotFound
from billing_customers.models import BillingSite, CreditNote, Customer, Invoice, Subscription, UnbilledCharge
from billing_customers.operations import documents
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.collecting import LATER, an_invoice, columns, hearing, names, version_of
from tests.operations.money import amounts
from tests.operations.watching import faults, rows_stay

MOST = 10**15
RANGE = f"Must be from 0 to {MOST}."
POSITIVE = f"Must be from 1 to {MOST}."
WHOLE = "Must be an integer."


def a_subscription(site: BillingSite, status: Any = "active", public_id: str | None = "sub") -> Subscription:
    return documents.create_subscription(
        site=site, customer_public_id="acme", status=status, public_id=public_id, at=NOW
    )


def a_note(site: BillingSite, total: Any = 500, **said: Any) -> CreditNote:
    return documents.create_credit_note(site=site, customer_public_id="acme", total=total, at=NOW, **said)


def a_charge(site: BillingSite, amount: Any = 300, public_id: str | None = "li", **said: Any) -> UnbilledCharge:
    return documents.create_unbilled_charge(
        site=site, customer_public_id="acme", amount=amount, public_id=public_id, at=NOW, **said
    )


def test_invoice_is_due_at_once(site: BillingSite, acme: Customer) -> None:
    invoice = an_invoice(site, 1095, due_at=LATER)

    row = Invoice.objects.values().get(pk=invoice.pk)
    assert row == {
        "id": invoice.pk,
        "site_id": site.pk,
        "customer_id": acme.pk,
        "public_id": "inv",
        "currency": "USD",
        "subscription_id": None,
        "status": "payment_due",
        "total": 1095,
        "amount_paid": 0,
        "credits_applied": 0,
        "amount_due": 1095,
        "date": NOW,
        "due_at": LATER,
        "paid_at": None,
        "created_at": NOW,
        "updated_at": NOW,
        "resource_version": acts.VERSION,
        "deleted_at": None,
    }


@pytest.mark.parametrize("status", ["payment_due", "not_paid", "posted", "pending"])
def test_invoice_can_be_in_any_open_status(site: BillingSite, acme: Customer, status: Any) -> None:
    assert columns(an_invoice(site, status=status), "status", "amount_due") == (status, 1000)


@pytest.mark.parametrize("status", ["paid", "voided", "no"])
def test_invoice_cannot_begin_as_ended(site: BillingSite, acme: Customer, status: Any) -> None:
    with rows_stay(), pytest.raises(InvalidInput) as caught:
        an_invoice(site, status=status)

    assert faults(caught) == [("status", "Must be one of payment_due, not_paid, posted, pending.")]


def test_invoice_over_nothing_is_paid(site: BillingSite, acme: Customer) -> None:
    assert columns(an_invoice(site, 0), "status", "paid_at", "amount_due") == ("paid", NOW, 0)


def test_invoice_in_another_currency(site: BillingSite, acme: Customer) -> None:
    assert an_invoice(site, currency="eur").currency == "EUR"


def test_invoice_is_in_the_customers_currency(site: BillingSite) -> None:
    acts.create(site, preferred_currency_code="ILS")

    assert an_invoice(site).currency == "ILS"


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (-(2**63) - 1, RANGE),
        (-1, RANGE),
        (MOST + 1, RANGE),
        (2**63 - 1, RANGE),
        (2**63, RANGE),
        (10**400, RANGE),
        (1.0, WHOLE),
        (1.5, WHOLE),
        (True, WHOLE),
        ("5", WHOLE),
        (None, "Is required."),
    ],
)
def test_total_that_is_none_is_refused(site: BillingSite, acme: Customer, total: Any, said: str) -> None:
    with rows_stay(), pytest.raises(InvalidInput) as caught:
        an_invoice(site, total)

    assert faults(caught) == [("total", said)]


def test_total_can_be_as_large_as_amounts_can(site: BillingSite, acme: Customer) -> None:
    assert columns(an_invoice(site, MOST), "amount_due") == (MOST,)


def test_currency_that_is_none_is_refused(site: BillingSite, acme: Customer) -> None:
    with rows_stay(), pytest.raises(InvalidInput) as caught:
        an_invoice(site, currency="XYZ")

    assert faults(caught) == [("currency", "Must be an ISO 4217 currency code, such as USD.")]


def test_id_that_no_url_can_hold_is_refused(site: BillingSite, acme: Customer) -> None:
    with rows_stay(), pytest.raises(InvalidInput) as caught:
        an_invoice(site, public_id="a/b")

    assert [field for field, _ in faults(caught)] == ["id"]


def test_id_that_there_is_is_refused(site: BillingSite, acme: Customer) -> None:
    an_invoice(site)

    with rows_stay(), pytest.raises(DuplicateId) as caught:
        an_invoice(site)

    assert (caught.value.message, caught.value.param) == ("The value inv is already present.", "id")


def test_another_site_has_ids_of_its_own(site: BillingSite, other_site: BillingSite, acme: Customer) -> None:
    acts.create(other_site)
    an_invoice(site)

    assert an_invoice(other_site).public_id == "inv"


@pytest.mark.parametrize(
    ("make", "prefix"),
    [(an_invoice, "inv_"), (a_subscription, "sub_"), (a_charge, "li_")],
    ids=["invoice", "subscription", "charge"],
)
def test_id_is_made_where_none_is_given(site: BillingSite, acme: Customer, make: Any, prefix: str) -> None:
    assert make(site, public_id=None).public_id.startswith(prefix)


@pytest.mark.parametrize("make", [an_invoice, a_subscription, a_note, a_charge])
def test_deleted_customer_gets_no_document(site: BillingSite, acme: Customer, make: Any) -> None:
    acts.delete(site)

    with rows_stay(), pytest.raises(NotFound):
        make(site)


@pytest.mark.parametrize("make", [an_invoice, a_subscription, a_note, a_charge])
def test_customer_of_another_site_gets_no_document(other_site: BillingSite, acme: Customer, make: Any) -> None:
    with rows_stay(), pytest.raises(NotFound):
        make(other_site)


def test_invoice_of_a_subscription(site: BillingSite, acme: Customer) -> None:
    subscription = a_subscription(site)

    assert an_invoice(site, subscription_id="sub").subscription == subscription


@pytest.mark.parametrize("make", [an_invoice, a_charge])
def test_subscription_of_somebody_else_is_as_missing(site: BillingSite, acme: Customer, make: Any) -> None:
    acts.create(site, "other")
    documents.create_subscription(site=site, customer_public_id="other", status="active", public_id="theirs", at=NOW)

    with rows_stay(), pytest.raises(NotFound) as caught:
        make(site, subscription_id="theirs")

    assert caught.value.param == "subscription_id"


def test_invoice_is_said_once_and_leaves_the_customer_as_it_is(site: BillingSite, acme: Customer) -> None:
    with hearing() as heard:
        invoice = an_invoice(site)

    assert names(heard) == ["invoice_generated"]
    assert (heard[0][1]["invoice"], heard[0][1]["customer"], heard[0][1]["at"]) == (invoice, acme, NOW)
    assert version_of(acme) == acts.VERSION


@pytest.mark.parametrize(
    ("status", "cancelled_at"),
    [
        ("active", None),
        ("trialing", None),
        ("past_due", None),
        ("incomplete", None),
        ("incomplete_expired", NOW),
        ("canceled", NOW),
    ],
)
def test_subscription_in_each_status(site: BillingSite, acme: Customer, status: str, cancelled_at: Any) -> None:
    with hearing() as heard:
        subscription = a_subscription(site, status)

    found = columns(subscription, "customer", "status", "currency", "started_at", "cancelled_at")
    assert found == (acme.pk, status, "USD", NOW, cancelled_at)
    assert names(heard) == ["subscription_created"]
    assert version_of(acme) == acts.VERSION


@pytest.mark.parametrize("status", ["cancelled", "ACTIVE", "", None, 1])
def test_status_that_is_none_is_refused(site: BillingSite, acme: Customer, status: Any) -> None:
    with rows_stay(), pytest.raises(InvalidInput) as caught:
        a_subscription(site, status)

    assert [field for field, _ in faults(caught)] == ["status"]


def test_subscription_changes_its_status(site: BillingSite, acme: Customer) -> None:
    subscription = a_subscription(site)

    with hearing() as heard:
        documents.change_subscription(site=site, public_id="sub", status="canceled", at=LATER)

    found = columns(subscription, "status", "cancelled_at", "updated_at", "resource_version")
    assert found == ("canceled", LATER, LATER, acts.LATER_VERSION)
    assert names(heard) == ["subscription_changed"]


def test_subscription_comes_back(site: BillingSite, acme: Customer) -> None:
    subscription = a_subscription(site, "canceled")

    documents.change_subscription(site=site, public_id="sub", status="active", at=LATER)

    assert columns(subscription, "status", "cancelled_at") == ("active", None)


def test_same_status_changes_nothing(site: BillingSite, acme: Customer) -> None:
    a_subscription(site)

    with rows_stay(), hearing() as heard:
        documents.change_subscription(site=site, public_id="sub", status="active", at=LATER)

    assert heard == []


@pytest.mark.parametrize("public_id", ["sub", "missing"])
def test_subscription_of_a_deleted_customer_is_as_missing(site: BillingSite, acme: Customer, public_id: str) -> None:
    a_subscription(site, "canceled")
    acts.delete(site)

    with rows_stay(), pytest.raises(NotFound, match="There is no such subscription"):
        documents.change_subscription(site=site, public_id=public_id, status="active", at=LATER)


def test_credit_note_is_money_to_use(site: BillingSite, acme: Customer) -> None:
    an_invoice(site)

    note = a_note(site, 500, reference_invoice_id="inv", public_id="cn")

    found = columns(note, "public_id", "type", "status", "total", "amount_available", "reference_invoice__public_id")
    assert found == ("cn", "refundable", "refund_due", 500, 500, "inv")
    assert amounts(acme, Bucket.REFUNDABLE_CREDITS) == {"USD": 500}
    assert version_of(acme) == acts.VERSION + 1


@pytest.mark.parametrize("total", [0, -1, MOST + 1])
def test_credit_note_over_nothing_is_refused(site: BillingSite, acme: Customer, total: int) -> None:
    with rows_stay(), pytest.raises(InvalidInput) as caught:
        a_note(site, total)

    assert faults(caught) == [("total", POSITIVE)]


def test_credit_note_for_somebody_elses_invoice_is_refused(site: BillingSite, acme: Customer) -> None:
    acts.create(site, "other")
    an_invoice(site, customer="other", public_id="theirs")

    with rows_stay(), pytest.raises(NotFound) as caught:
        a_note(site, reference_invoice_id="theirs")

    assert caught.value.param == "invoice_id"


def test_unbilled_charge_is_in_the_balance(site: BillingSite, acme: Customer) -> None:
    charge = a_charge(site, 300, description="Seats")

    assert columns(charge, "amount", "description", "closed_at") == (300, "Seats", None)
    assert amounts(acme, Bucket.UNBILLED_CHARGES) == {"USD": 300}
    assert version_of(acme) == acts.VERSION + 1


@pytest.mark.parametrize(
    ("said", "field", "message"),
    [
        ({"amount": 0}, "amount", POSITIVE),
        ({"description": "x" * 251}, "description", "Must have at most 250 characters."),
        ({"currency": "??"}, "currency", "Must be an ISO 4217 currency code, such as USD."),
    ],
)
def test_unbilled_charge_is_refused(
    site: BillingSite, acme: Customer, said: dict[str, Any], field: str, message: str
) -> None:
    with rows_stay(), pytest.raises(InvalidInput) as caught:
        a_charge(site, **said)

    assert faults(caught) == [(field, message)]


def test_unbilled_charge_becomes_part_of_an_invoice(site: BillingSite, acme: Customer) -> None:
    charge = a_charge(site)
    invoice = an_invoice(site)

    documents.close_unbilled_charge(site=site, public_id="li", invoice_id="inv", at=LATER)

    assert columns(charge, "closed_at", "invoice") == (LATER, invoice.pk)
    assert amounts(acme, Bucket.UNBILLED_CHARGES) == {"USD": 0}


def test_unbilled_charge_is_closed_once(site: BillingSite, acme: Customer) -> None:
    a_charge(site)
    documents.close_unbilled_charge(site=site, public_id="li", at=LATER)

    with rows_stay(), pytest.raises(InvalidState):
        documents.close_unbilled_charge(site=site, public_id="li", at=LATER)


def test_unbilled_charge_that_is_missing_is_refused(site: BillingSite, acme: Customer) -> None:
    with rows_stay(), pytest.raises(NotFound, match="There is no such unbilled charge"):
        documents.close_unbilled_charge(site=site, public_id="li", at=LATER)


def test_unbilled_charge_goes_into_no_invoice_of_somebody_else(site: BillingSite, acme: Customer) -> None:
    acts.create(site, "other")
    an_invoice(site, customer="other", public_id="theirs")
    a_charge(site)

    with rows_stay(), pytest.raises(NotFound):
        documents.close_unbilled_charge(site=site, public_id="li", invoice_id="theirs", at=LATER)
