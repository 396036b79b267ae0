"""Remember the outcome of a request, so that its repetition gets the same answer and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from billing_customers.conf import billing_settings
from billing_customers.exceptions import KeyInUse, KeyReused
from billing_customers.models import BillingSite, IdempotencyRecord
from billing_customers.operations import locks

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """``status`` is HTTP's; ``body`` is the exact text that was sent; ``headers`` those that belong to the resource."""

    status: int
    body: str
    headers: dict[str, str]


def claim(
    *, site: BillingSite, dialect: str, key: str, fingerprint: str, at: datetime
) -> IdempotencyRecord | StoredResponse:
    """Take ``key`` for this request, or return what its first request was answered.

    Committed on its own, before the effect. A claim whose lease ran out left no effect, since effect and answer are
    committed together, and is taken over. Raises :class:`KeyReused`, :class:`KeyInUse`.
    """
    record = IdempotencyRecord(
        site=site,
        dialect=dialect,
        key=key,
        fingerprint=fingerprint,
        lease_until=at + LEASE,
        created_at=at,
        expires_at=at + billing_settings.idempotency_window,
    )
    try:
        with transaction.atomic(using=locks.database()):
            record.save(force_insert=True)
    except IntegrityError:
        return _claim_known(record, at)
    return record


def finish(record: IdempotencyRecord, response: StoredResponse, *, customer_pk: int | None = None) -> None:
    """Store the answer. Called in the transaction of the effect; raises :class:`KeyInUse` if another took the claim
    over.
    """
    mine = IdempotencyRecord.objects.for_site(record.site_id).filter(
        pk=record.pk, lease_until=record.lease_until, response_status=None
    )
    if not mine.update(**_columns(response), customer_id=customer_pk):
        raise KeyInUse("Another request with this idempotency key is being processed.")


def release(record: IdempotencyRecord) -> None:
    """Give the key back: the request had no outcome that is worth keeping."""
    IdempotencyRecord.objects.for_site(record.site_id).filter(
        pk=record.pk, lease_until=record.lease_until, response_status=None
    ).delete()


def purge(*, at: datetime, batch: int = 1000) -> int:
    """Remove at most ``batch`` records whose window is over; return how many."""
    old = list(IdempotencyRecord.objects.filter(expires_at__lte=at).values_list("pk", flat=True)[:batch])
    removed, _ = IdempotencyRecord.objects.filter(pk__in=old).delete()
    return removed


def _claim_known(record: IdempotencyRecord, at: datetime) -> IdempotencyRecord | StoredResponse:
    known = IdempotencyRecord.objects.using(locks.database()).for_site(record.site_id)
    existing = known.filter(dialect=record.dialect, key=record.key).first()
    if existing is None:
        raise KeyInUse("Another request with this idempotency key has just ended; try again.")
    if existing.expires_at <= at:
        return _replace(existing, record)
    if existing.response_status is None and existing.lease_until <= at:
        return _take_over(existing, record)
    if existing.fingerprint != record.fingerprint:
        raise KeyReused("This idempotency key was used with another request.")
    if existing.response_status is None:
        raise KeyInUse("Another request with this idempotency key is being processed.")
    return StoredResponse(existing.response_status, existing.response_body or "", existing.response_headers or {})


def _columns(response: StoredResponse) -> dict[str, Any]:
    return {
        "response_status": response.status,
        "response_body": response.body,
        "response_headers": response.headers,
    }


def _replace(existing: IdempotencyRecord, record: IdempotencyRecord) -> IdempotencyRecord:
    """A record of its own: what was done under the primary key of the old one is done, and is not this request."""
    records = IdempotencyRecord.objects.for_site(record.site_id)
    try:
        with transaction.atomic(using=locks.database()):
            records.filter(pk=existing.pk, lease_until=existing.lease_until).delete()
            record.save(force_insert=True)
    except IntegrityError:
        raise KeyInUse("Another request with this idempotency key is being processed.") from None
    return record


def _take_over(existing: IdempotencyRecord, record: IdempotencyRecord) -> IdempotencyRecord:
    taken = (
        IdempotencyRecord.objects.for_site(record.site_id)
        .filter(pk=existing.pk, lease_until=existing.lease_until, response_status=existing.response_status)
        .update(
            fingerprint=record.fingerprint,
            lease_until=record.lease_until,
            created_at=record.created_at,
            expires_at=record.expires_at,
            response_status=None,
            response_body=None,
            response_headers=None,
            customer_id=None,
        )
    )
    if not taken:
        raise KeyInUse("Another request with this idempotency key is being processed.")
    record.pk = existing.pk
    return record
