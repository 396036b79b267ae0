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
from billing_customers.operations.owned_rows import OWNERS, chunks, rows_of
from billing_customers.personal import Treated, blanks, treated
from billing_customers.redaction import redact

# Their rows stay for good, so that their state can be part of the digest; events, answers and jobs are purged in time.
DURABLE = ("Contact", "Customer", "CustomerUser", "LedgerEntry", "PaymentSource", "Transaction", "UnbilledCharge")


def certify(
    *,
    site: BillingSite,
    customer: Customer,
    counts: dict[str, dict[str, int]],
    hosts: dict[str, int],
    requested_at: datetime,
    done_by: str,
    at: datetime,
) -> ErasureCertificate:
    """Write the certificate. ``counts`` are the values that were cleared, by table and column; ``hosts`` the rows
    of the host's neighbours, by label.
    """
    tables: dict[str, Any] = {}
    for name in sorted(OWNERS):
        pks = list(rows_of(name, site, customer).order_by("pk").values_list("pk", flat=True))
        if pks or counts.get(name):
            tables[name] = {"rows": len(pks), "last": pks[-1] if pks else 0, "cleared": counts.get(name, {})}
    tables |= {f"host: {label}": {"rows": count} for label, count in hosts.items()}
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
        last = certificate.counts.get(name, {}).get("last", 0)
        columns = sorted(blanks(name))
        for row in chunks(rows_of(name, certificate.site, certificate.customer).filter(pk__lte=last), *columns):
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
    if not certificates:
        return ["There is no certificate: the personal data was not cleared."]
    return [fault for certificate in certificates for fault in _faults(certificate)]


def _faults(certificate: ErasureCertificate) -> Iterator[str]:
    if certificate.customer.pii_cleared != PiiCleared.CLEARED:
        yield f"The customer is marked as {certificate.customer.pii_cleared}."
    for name in DURABLE:
        yield from _not_blank(certificate, name)
    yield from _not_blank(certificate, "DeliveryAttempt")
    yield from _shown_again(certificate, "Event")
    if digest_of(certificate) != certificate.digest:
        yield "The digest is not that of the certificate and of the rows: one of them was changed."


def _cleared(certificate: ErasureCertificate, name: str) -> Any:
    """The rows of the model that were there when the certificate was written."""
    last = certificate.counts.get(name, {}).get("last", 0)
    return rows_of(name, certificate.site, certificate.customer).filter(pk__lte=last)


def _not_blank(certificate: ErasureCertificate, name: str) -> Iterator[str]:
    if treated(name, Treated.ROW_REMOVED):
        for row in chunks(rows_of(name, certificate.site, certificate.customer)):
            yield f"{name} {row['pk']} is there, and should be none."
        return
    emptied = blanks(name)
    # Of the customer itself there is one row, and it must be empty for good.
    for row in chunks(_cleared(certificate, name), *emptied):
        for column, value in emptied.items():
            if row[column] != value:
                yield f"{name}.{column} of row {row['pk']} is not empty."


def _shown_again(certificate: ErasureCertificate, name: str) -> Iterator[str]:
    for row in chunks(_cleared(certificate, name)):
        stored: Any = rows_of(name, certificate.site, certificate.customer).get(pk=row["pk"])
        for column in treated(name, Treated.REDACTED):
            text = getattr(stored, column)
            is_ching = column.startswith(DialectName.CHING)
            if text is not None and redact(text, keeps_keys=is_ching) != text:
                yield f"{name}.{column} of row {row['pk']} holds personal data."


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _canonical(said: Any) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
