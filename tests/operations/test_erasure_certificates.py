"""The certificate of an erasure: what it says, and what is found when it is checked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from billing_customers.actors import Actor
from billing_customers.models import (
    BillingSite,
    Contact,
    Customer,
    ErasureCertificate,
    Event,
    IdempotencyRecord,
    LedgerEntry,
    PaymentSource,
    Transaction,
    UnbilledCharge,
)
from billing_customers.operations.credits import add_promotional_credits
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.erasure_certificates import digest_of, verify_erasure
from billing_customers.operations.payments import record_excess_payment
from billing_customers.work.jobs import run_due
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.collecting import a_source
from tests.operations.watching import rows_stay

BY_KEY = Actor("api", "ck_test_…abcd")
CHANGED = "The digest is not that of the certificate and of the rows: one of them was changed."


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    """A customer with a contact, a user, credits, a payment and a card."""
    customer = acts.an_acme(site)
    add_promotional_credits(site=site, customer_public_id="acme", amount=500, description="For Ann", at=NOW)
    a_source(site)
    return customer


@pytest.fixture
def certificate(site: BillingSite, acme: Customer) -> ErasureCertificate:
    """That of acme, which was cleared a minute after it was asked for."""
    schedule_erasure(site=site, public_id="acme", actor=BY_KEY, at=acts.LATER)
    while run_due(clock=lambda: acts.LATER + timedelta(minutes=1), uniform=lambda low, high: low):
        pass
    return ErasureCertificate.objects.get()


def test_it_says_when_and_by_whom(certificate: ErasureCertificate, acme: Customer) -> None:
    assert (certificate.customer, certificate.done_by) == (acme, "ck_test_…abcd")
    assert certificate.requested_at == acts.LATER
    assert certificate.cleared_at == acts.LATER + timedelta(minutes=1)
    assert len(certificate.digest) == 64


def test_it_counts_by_table_and_column(certificate: ErasureCertificate) -> None:
    counts = certificate.counts
    assert counts["Customer"] == {
        "rows": 1,
        "last": certificate.customer_id,
        "cleared": {
            "email": 1,
            "email_key": 1,
            "name": 1,
            "tax_id": 1,
            "tax_id_key": 1,
        },
    }
    assert counts["Contact"]["rows"] == 0
    assert counts["Contact"]["cleared"]["email"] == 1
    assert counts["LedgerEntry"]["cleared"] == {"description": 1}
    assert counts["PaymentSource"]["cleared"]["last4"] == 1


def test_it_holds_nothing_personal(certificate: ErasureCertificate) -> None:
    said = str(ErasureCertificate.objects.values().get())

    assert "example.com" not in said
    assert "Ann" not in said


def test_checked_again_all_is_well(site: BillingSite, certificate: ErasureCertificate) -> None:
    with rows_stay():
        assert verify_erasure(site=site, public_id="acme") == []


def test_check_without_a_certificate_says_so(site: BillingSite, acme: Customer) -> None:
    assert verify_erasure(site=site, public_id="acme") == [
        "There is no certificate: the personal data was not cleared."
    ]


def test_check_of_a_missing_customer_says_so(site: BillingSite, other_site: BillingSite, acme: Customer) -> None:
    assert verify_erasure(site=other_site, public_id="acme") == ["There is no such customer."]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda: Customer.objects.update(first_name="Ann"), "Customer.first_name of row {pk} is not empty."),
        (lambda: Customer.objects.update(metadata={}), "Customer.metadata of row {pk} is not empty."),
        (lambda: Customer.objects.update(pii_cleared="active"), "The customer is marked as active."),
        (lambda: PaymentSource.objects.update(last4="1111"), "PaymentSource.last4 of row {source} is not empty."),
    ],
)
def test_what_came_back_is_told(
    site: BillingSite, certificate: ErasureCertificate, change: Callable[[], Any], fault: str
) -> None:
    change()

    said = verify_erasure(site=site, public_id="acme")

    named = {"pk": certificate.customer_id, "source": PaymentSource.objects.get().pk}
    assert said[0] == fault.format(**named)


def test_contact_that_came_back_is_told(site: BillingSite, certificate: ErasureCertificate) -> None:
    row = Contact(site=site, customer=certificate.customer, public_id="c", email="a@example.com")
    row.save()

    assert verify_erasure(site=site, public_id="acme")[0] == f"Contact {row.pk} is there, and should be none."


def test_event_that_tells_again_is_told(site: BillingSite, certificate: ErasureCertificate) -> None:
    event = Event.objects.order_by("pk").first()
    assert event is not None
    Event.objects.filter(pk=event.pk).update(chargebee_payload='{"content":{"customer":{"email":"a@example.com"}}}')

    assert verify_erasure(site=site, public_id="acme") == [
        f"Event.chargebee_payload of row {event.pk} holds personal data."
    ]


def test_row_that_came_later_is_told(site: BillingSite, certificate: ErasureCertificate) -> None:
    said: dict[str, Any] = {"site": site, "customer": certificate.customer, "currency": "USD", "created_at": NOW}
    charge = UnbilledCharge(**said, public_id="u", amount=1, description="For Ann", updated_at=NOW, resource_version=1)
    charge.date = charge.closed_at = NOW
    charge.save()
    event = Event.objects.order_by("-pk")[0]
    event.pk, event.public_id, event.sequence = None, "ev_later", (event.sequence or 0) + 1
    event.chargebee_payload = '{"content":{"customer":{"email":"a@example.com"}}}'
    event.save(force_insert=True)

    assert verify_erasure(site=site, public_id="acme") == [
        f"UnbilledCharge.description of row {charge.pk} is not empty.",
        f"Event.chargebee_payload of row {event.pk} holds personal data.",
    ]


def test_stored_answer_that_tells_is_told(site: BillingSite, certificate: ErasureCertificate) -> None:
    said: dict[str, Any] = {"dialect": "ching", "key": "k", "fingerprint": "0" * 64, "created_at": NOW}
    body = '{"data":{"object":"customer","id":"acme","name":"acme","email":%s}}'
    record = IdempotencyRecord(site=site, customer=certificate.customer, response_status=200, **said)
    record.expires_at = record.lease_until = NOW
    record.response_body = body % "null"
    record.save()
    assert verify_erasure(site=site, public_id="acme") == []
    IdempotencyRecord.objects.update(response_body=body % '"a@example.com"')

    assert verify_erasure(site=site, public_id="acme") == [
        f"IdempotencyRecord.response_body of row {record.pk} holds personal data."
    ]


def test_entry_of_the_admins_log_is_told(site: BillingSite, certificate: ErasureCertificate) -> None:
    entry = LogEntry(
        user=acts.a_user("root"),
        content_type=ContentType.objects.get_for_model(Customer),
        object_id=str(certificate.customer_id),
        object_repr="acme",
        action_flag=2,
        change_message="Changed name to Ann.",
        action_time=certificate.cleared_at,
    )
    entry.save()

    assert verify_erasure(site=site, public_id="acme") == [
        f"Entry {entry.pk} of the admin's log tells of the customer."
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"cleared_at": NOW},
        {"done_by": "nobody"},
        {"counts": {}},
        {"digest": "0" * 64},
    ],
)
def test_certificate_that_was_changed_is_told(
    site: BillingSite, certificate: ErasureCertificate, change: dict[str, Any]
) -> None:
    ErasureCertificate.objects.update(**change)

    assert CHANGED in verify_erasure(site=site, public_id="acme")


def test_purged_events_leave_the_certificate_right(site: BillingSite, certificate: ErasureCertificate) -> None:
    Event.objects.all().delete()

    assert verify_erasure(site=site, public_id="acme") == []
    assert digest_of(ErasureCertificate.objects.get()) == certificate.digest


def entry_of(customer: Customer) -> LedgerEntry:
    return LedgerEntry.objects.get(customer=customer)


def change_entry(entry: LedgerEntry, **columns: Any) -> None:
    """By SQL, past every queryset."""
    said = ", ".join(f"{column} = %s" for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE billing_customers_ledgerentry SET {said} WHERE id = %s",
            [*columns.values(), entry.pk],
        )


NO_TRIGGERS = pytest.mark.skipif(connection.vendor == "mysql", reason="MariaDB has no such trigger.")


@NO_TRIGGERS
def test_entry_of_an_open_customer_cannot_be_emptied(acme: Customer) -> None:
    with rows_stay(), pytest.raises(Exception, match="never changes"):
        change_entry(entry_of(acme), description="")


@NO_TRIGGERS
@pytest.mark.parametrize(
    "columns",
    [
        {"description": "Other"},
        {"delta": 1},
        {"description": "", "delta": 1},
        {"description": "", "balance_after": 7},
        {"reference": None, "currency": "EUR"},
        {"description": "", "done_by": "somebody"},
        {"description": "", "source": "api"},
    ],
)
def test_nothing_else_of_an_entry_changes_while_it_is_cleared(
    site: BillingSite, acme: Customer, columns: dict[str, Any]
) -> None:
    schedule_erasure(site=site, public_id="acme", at=acts.LATER)

    with rows_stay(), pytest.raises(Exception, match="never changes"):
        change_entry(entry_of(acme), **columns)


@NO_TRIGGERS
def test_entry_of_a_cleared_customer_stays_as_it_is(certificate: ErasureCertificate) -> None:
    with rows_stay(), pytest.raises(Exception, match="never changes"):
        change_entry(entry_of(certificate.customer), done_by="", description="")


def test_payment_keeps_amount_and_date_and_loses_its_texts(site: BillingSite, acme: Customer) -> None:
    said = {"amount": 300, "date": NOW, "payment_method": "check", "reference_number": "Ann 12"}
    record_excess_payment(site=site, customer_public_id="acme", comment="From Ann", at=NOW, **said)  # type: ignore[arg-type]
    kept = ("public_id", "amount", "amount_unused", "currency", "date", "status", "payment_method", "created_at")
    before = Transaction.objects.values(*kept).get()
    schedule_erasure(site=site, public_id="acme", at=acts.LATER)
    while run_due(clock=lambda: acts.LATER, uniform=lambda low, high: low):
        pass

    row = Transaction.objects.get()
    assert Transaction.objects.values(*kept).get() == before
    assert (row.reference_number, row.comment, row.masked_card_number, row.plan) == ("", "", "", {})
