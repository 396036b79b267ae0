"""Certificates of erasure: written with it, and checked again at any later time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from billing_customers.choices import DialectName, PiiCleared
from billing_customers.models import BillingSite, Customer, ErasureCertificate
from billing_customers.operations import locks
from billing_customers.operations.admin_log import told_in_admin_log
from billing_customers.operations.owned_rows import OWNERS, chunks, rows_of
from billing_customers.personal import Treated, blanks, treated
from billing_customers.redaction import personal_values, redact

# Their rows stay for good, so that their state can be part of the digest; events, answers and jobs are purged in time.
DURABLE = ("Contact", "Customer", "CustomerUser", "LedgerEntry", "PaymentSource", "Transaction", "UnbilledCharge")
# Of gateways and receivers, which may answer later, to what holds nothing of the customer any more.
_SAID_LATER = {("DeliveryAttempt", "detail"), ("DeliveryAttempt", "response_text"), ("Transaction", "error_text")}


def certify(
    *,
    site: BillingSite,
    customer: Customer,
    counts: dict[str, dict[str, int]],
    hosts: dict[str, int],
    survivors: dict[str, int],
    requested_at: datetime,
    done_by: str,
    at: datetime,
) -> ErasureCertificate:
    """Write the certificate. ``counts`` are the values that were cleared, by table and column; ``hosts`` the rows
    of the host's neighbours, by label; ``survivors`` the rows of those that it was merged into, by their ids.
    """
    tables: dict[str, Any] = {}
    for name in sorted(OWNERS):
        pks = list(rows_of(name, site, customer).order_by("pk").values_list("pk", flat=True))
        if pks or counts.get(name):
            tables[name] = {"rows": len(pks), "last": pks[-1] if pks else 0, "cleared": counts.get(name, {})}
    tables |= {f"host: {label}": {"rows": count} for label, count in hosts.items()}
    tables |= {f"merged into {public_id}": {"rows": count} for public_id, count in survivors.items()}
    certificate = ErasureCertificate(
        site=site, customer=customer, requested_at=requested_at, cleared_at=at, done_by=done_by, counts=tables
    )
    certificate.digest = digest_of(certificate)
    certificate.save(force_insert=True)
    return certificate


def digest_of(certificate: ErasureCertificate) -> str:
    """SHA-256, in hexadecimal, over the canonical JSON of the certificate and of the cleared rows as they are now."""
    said = {
        "site": certificate.site_id,
        "customer": certificate.customer_id,
        "requested_at": _moment(certificate.requested_at),
        "cleared_at": _moment(certificate.cleared_at),
        "done_by": certificate.done_by,
        "counts": certificate.counts,
    }
    digest = hashlib.sha256(_canonical(said))
    for name in DURABLE:
        cleared = rows_of(name, certificate.site, certificate.customer).filter(pk__lte=_last(certificate, name))
        for row in chunks(cleared, *sorted(blanks(name))):
            digest.update(_canonical([name, row]))
    return digest.hexdigest()


def verify_erasure(*, site: BillingSite, public_id: str) -> list[str]:
    """What is wrong with the erasure of the customers that have, or had, this id, as sentences; none when all is well.

    Changes nothing and locks nothing.
    """
    customers = list(Customer.objects.using(locks.database()).for_site(site).called(public_id))
    certificates = list(
        ErasureCertificate.objects.using(locks.database())
        .for_site(site)
        .filter(customer__in=customers)
        .select_related("site", "customer")
    )
    if not customers:
        return ["There is no such customer."]
    if any(each.pii_cleared == PiiCleared.SCHEDULED_FOR_CLEAR for each in customers):
        return [
            "The personal data is about to be cleared: a worker does it, and tries again while something is under way."
        ]
    if not certificates:
        return ["There is no certificate: the personal data was not cleared."]
    return [fault for certificate in certificates for fault in _faults(certificate)]


def _faults(certificate: ErasureCertificate) -> Iterator[str]:
    if certificate.customer.pii_cleared != PiiCleared.CLEARED:
        yield f"The customer is marked as {certificate.customer.pii_cleared}."
    for name in DURABLE:
        yield from _not_blank(certificate, name)
    yield from _not_blank(certificate, "DeliveryAttempt")
    yield from _shown_again(certificate)
    yield from _answered_again(certificate)
    for pk in told_in_admin_log(certificate.customer, until=certificate.cleared_at):
        yield f"Entry {pk} of the admin's log tells of the customer."
    if digest_of(certificate) != certificate.digest:
        yield "The digest is not that of the certificate and of the rows: one of them was changed."


def _not_blank(certificate: ErasureCertificate, name: str) -> Iterator[str]:
    """Of all rows, later ones too: the customer is closed, so nobody may have said anything in them."""
    rows, last = rows_of(name, certificate.site, certificate.customer), _last(certificate, name)
    if treated(name, Treated.ROW_REMOVED):
        for row in chunks(rows):
            yield f"{name} {row['pk']} is there, and should be none."
        return
    emptied = blanks(name)
    for row in chunks(rows, *emptied):
        for column, value in emptied.items():
            is_later = row["pk"] > last and (name, column) in _SAID_LATER
            if row[column] != value and not is_later:
                yield f"{name}.{column} of row {row['pk']} is not empty."


def _shown_again(certificate: ErasureCertificate) -> Iterator[str]:
    """Events were redacted; later ones were written of a bare customer, and have keys of their own with nothing in."""
    columns, last = treated("Event", Treated.REDACTED), _last(certificate, "Event")
    for row in chunks(rows_of("Event", certificate.site, certificate.customer), *columns):
        for column in columns:
            text, is_ching = row[column], column.startswith(DialectName.CHING)
            if text is None:
                continue
            is_redacted = redact(text, keeps_keys=is_ching) == text
            if not is_redacted and (row["pk"] <= last or _tells(certificate, text)):
                yield f"Event.{column} of row {row['pk']} holds personal data."


def _answered_again(certificate: ErasureCertificate) -> Iterator[str]:
    answers = rows_of("IdempotencyRecord", certificate.site, certificate.customer).filter(response_status__lt=400)
    for row in chunks(answers, "response_body"):
        if _tells(certificate, row["response_body"]):
            yield f"IdempotencyRecord.response_body of row {row['pk']} holds personal data."


def _tells(certificate: ErasureCertificate, text: str) -> bool:
    """Whether JSON that was shown says more than the id, which stands for a name where there is none."""
    return any(each not in {"", certificate.customer.public_id} for each in personal_values(text))


def _last(certificate: ErasureCertificate, name: str) -> int:
    """The primary key of the last row of the model that was there when the certificate was written."""
    last: int = certificate.counts.get(name, {}).get("last", 0)
    return last


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _canonical(said: Any) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
