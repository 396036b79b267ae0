"""Payments that are written down by hand. Contract: Chargebee "Record an excess payment for a customer"."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from billing_customers.actors import Actor
from billing_customers.choices import Bucket, OfflineMethod
from billing_customers.exceptions import DuplicateId, InvalidInput, NotFound, VersionMismatch
from billing_customers.models import BillingSite, Customer, Event, LedgerEntry, Transaction
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations.payments import record_excess_payment
from tests.operations import acts
from tests.operations.money import amounts, heard
from tests.operations.watching import ReceiverFailed, faults, refusal, rows_stay

PAID = datetime(2020, 9, 24, 17, 22, 32, tzinfo=UTC)
ME = Actor("api", "ck_test_…abcd")
EXCESS = Bucket.EXCESS_PAYMENTS


def record(site: BillingSite, amount: Any = 500, public_id: str = "acme", **said: Any) -> Any:
    given = {"date": PAID, "payment_method": "check", "at": acts.LATER, **said}
    given["public_id"] = given.pop("transaction_id", None)
    return record_excess_payment(site=site, customer_public_id=public_id, amount=amount, **given)


def columns(row: dict[str, Any], *without: str) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column not in {"id", *without}}


def test_transaction_is_stored(site: BillingSite, acme: Customer) -> None:
    _, payment = record(site, reference_number="cheque 12", comment="From John\nwith thanks", actor=ME)

    row = Transaction.objects.values().get(pk=payment.pk)
    assert columns(row, "public_id") == {
        "site_id": site.pk,
        "customer_id": acme.pk,
        "type": "payment",
        "status": "success",
        "payment_method": "check",
        "amount": 500,
        "amount_unused": 500,
        "currency": "USD",
        "date": PAID,
        "reference_number": "cheque 12",
        "comment": "From John\nwith thanks",
        "gateway_account_id": None,
        "gateway": "not_applicable",
        "payment_source_id": None,
        "source_reference": "",
        "plan": {},
        "masked_card_number": "",
        "id_at_gateway": "",
        "error_code": "",
        "error_text": "",
        "request_key": None,
        "created_at": acts.LATER,
        "updated_at": acts.LATER,
        "settled_at": acts.LATER,
        "resource_version": acts.LATER_VERSION,
        "deleted_at": None,
    }
    assert (row["public_id"][:4], len(row["public_id"])) == ("txn_", 20)


def test_entry_refers_to_the_transaction(site: BillingSite, acme: Customer) -> None:
    _, payment = record(site, actor=ME)

    row = LedgerEntry.objects.values().get()
    assert columns(row, "public_id") == {
        "site_id": site.pk,
        "customer_id": acme.pk,
        "currency": "USD",
        "bucket": "excess_payments",
        "delta": 500,
        "balance_after": 500,
        "reference": f"payment:{payment.public_id}",
        "reverses_id": None,
        "credit_type": "",
        "description": "",
        "caller_reference": "",
        "source": "api",
        "done_by": "ck_test_…abcd",
        "created_at": acts.LATER,
    }
    assert amounts(acme, EXCESS) == {"USD": 500}


def test_customer_is_touched(site: BillingSite, acme: Customer) -> None:
    customer, _ = record(site)

    row = acts.stored(acme)
    assert (row.resource_version, row.updated_at, row.has_balances) == (acts.LATER_VERSION, acts.LATER, True)
    assert vars(customer).items() >= {"resource_version": acts.LATER_VERSION, "has_balances": True}.items()


def test_one_signal_is_sent(site: BillingSite, acme: Customer) -> None:
    with heard() as said:
        customer, payment = record(site, actor=ME)

    carried = {
        "sender": Transaction,
        "customer": customer,
        "site": site,
        "transaction": payment,
        "actor": ME,
        "at": acts.LATER,
    }
    assert said == [("transaction_created", carried)]


def test_one_event_is_recorded(site: BillingSite, acme: Customer) -> None:
    record(site)

    assert list(Event.objects.order_by("pk").values_list("type", flat=True)) == [
        "customer_created",
        "transaction_created",
    ]


@pytest.mark.parametrize("method", OfflineMethod.values)
def test_each_way_of_payment_is_taken(site: BillingSite, acme: Customer, method: str) -> None:
    _, payment = record(site, payment_method=method)

    assert Transaction.objects.get(pk=payment.pk).payment_method == method


def test_payments_add_up(site: BillingSite, acme: Customer) -> None:
    for amount in (1, 500, 20):
        record(site, amount)
    record(site, 7, currency_code="jpy")

    assert amounts(acme, EXCESS) == {"JPY": 7, "USD": 521}


def test_currency_is_the_preferred_one_unless_given(site: BillingSite) -> None:
    customer = acts.create(site, "acme", preferred_currency_code="ILS")

    _, payment = record(site)

    assert (payment.currency, amounts(customer, EXCESS)) == ("ILS", {"ILS": 500})


def test_date_may_lie_ahead(site: BillingSite, acme: Customer) -> None:
    _, payment = record(site, date=datetime(2999, 1, 1, tzinfo=UTC))

    assert Transaction.objects.get(pk=payment.pk).date == datetime(2999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("public_id", ["txn 1", "T", "תשלום", "x" * 40, "move"])
def test_id_of_the_caller_is_kept(site: BillingSite, acme: Customer, public_id: str) -> None:
    _, payment = record(site, transaction_id=public_id)

    assert Transaction.objects.get(pk=payment.pk).public_id == public_id


def test_id_that_is_taken_is_refused(site: BillingSite, acme: Customer) -> None:
    acts.create(site, "apex")
    record(site, public_id="apex", transaction_id="t1")

    with refusal(DuplicateId) as caught:
        record(site, transaction_id="t1")

    assert (caught.value.message, caught.value.param) == ("The value t1 is already present.", "transaction.id")


def test_id_is_free_in_another_site(site: BillingSite, other_site: BillingSite, acme: Customer) -> None:
    acts.create(other_site, "acme")
    record(other_site, transaction_id="t1")

    _, payment = record(site, transaction_id="t1")

    assert payment.public_id == "t1"


def test_balance_beyond_its_limit_is_refused(site: BillingSite, acme: Customer) -> None:
    record(site, 1)

    with refusal(InvalidInput) as caught:
        record(site, MAX_AMOUNT)

    assert faults(caught) == [("transaction.amount", "The balance would exceed 1000000000000000.")]


def _bad(field: str, message: str, name: str, *values: Any) -> Iterable[Any]:
    return [pytest.param({name: value}, [(field, message)], id=f"{name}={value!r}"[:60]) for value in values]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        *_bad(
            "transaction.amount",
            "Must be from 1 to 1000000000000000.",
            "amount",
            *(-(2**63) - 1, -1, 0, 10**15 + 1, 2**63 - 1, 2**63, 10**400),
        ),
        *_bad("transaction.amount", "Must be an integer.", "amount", 1.0, 1.5, True, "1e3", "١٢", "+5", " 5 "),
        *_bad("transaction.amount", "Is required.", "amount", None),
        *_bad("transaction.date", "Is required.", "date", None),
        *_bad("transaction.date", "Must be a time with its time zone.", "date", 1600968152, datetime(2020, 1, 1)),  # noqa: DTZ001
        *_bad("transaction.payment_method", "Is required.", "payment_method", None, ""),
        *_bad(
            "transaction.payment_method",
            "Must be one of cash, check, bank_transfer, other.",
            "payment_method",
            *("card", "Check", 5),
        ),
        *_bad("transaction.currency_code", "Must be an ISO 4217 currency code, such as USD.", "currency_code", "US"),
        *_bad("transaction.reference_number", "Must have at most 100 characters.", "reference_number", "x" * 101),
        *_bad("transaction.reference_number", "Must not contain control characters.", "reference_number", "a\nb"),
        *_bad("comment", "Must have at most 300 characters.", "comment", "x" * 301),
        *_bad("comment", "Must not contain control characters.", "comment", "a\0"),
        *_bad("transaction.id", "Must have at most 40 characters.", "transaction_id", "x" * 41),
        *_bad("transaction.id", "An id cannot contain / or control characters.", "transaction_id", "a/b"),
        *_bad("transaction.id", "An id cannot begin or end with a blank.", "transaction_id", " a", "a "),
        *_bad("transaction.id", "'.' is reserved.", "transaction_id", "."),
    ],
)
def test_bad_input_is_refused(
    site: BillingSite, acme: Customer, said: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    with refusal(InvalidInput) as caught:
        record(site, **said)

    assert faults(caught) == expected


def test_all_faults_are_told_at_once(site: BillingSite, acme: Customer) -> None:
    with refusal(InvalidInput) as caught:
        record(site, None, date=None, payment_method=None, comment="\0", transaction_id="/")

    assert [field for field, _ in faults(caught)] == [
        "transaction.id",
        "transaction.amount",
        "transaction.date",
        "transaction.payment_method",
        "comment",
    ]


def test_foreign_missing_and_deleted_customers_are_one(
    site: BillingSite, other_site: BillingSite, acme: Customer
) -> None:
    acts.create(site, "gone")
    acts.delete(site, "gone")
    answers = set()
    for where, public_id in ((other_site, "acme"), (site, "missing"), (site, "gone")):
        with refusal(NotFound) as caught:
            record(where, public_id=public_id)
        answers.add((caught.value.message, caught.value.param))

    assert answers == {("There is no such customer.", "")}


def test_version_is_kept_to(site: BillingSite, acme: Customer) -> None:
    with refusal(VersionMismatch):
        record(site, expected_version=acme.resource_version - 1)

    customer, _ = record(site, expected_version=acme.resource_version)

    assert customer.resource_version > acme.resource_version


def test_receiver_that_raises_undoes(site: BillingSite, acme: Customer) -> None:
    with rows_stay(), heard(raising=True), pytest.raises(ReceiverFailed):
        record(site)
