"""Cards come to their end: they are marked 30 days before, and once they are past it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal

from billing_customers import signals
from billing_customers.actors import Actor
from billing_customers.choices import PaymentSourceStatus
from billing_customers.models import BillingSite, PaymentSource
from billing_customers.operations import locks
from billing_customers.operations.payment_source_storing import EXPIRY_NOTICE, status_by_date
from billing_customers.operations.payment_sources import write_source
from billing_customers.operations.storing import raise_version
from billing_customers.work.handlers import RunningJob, handler

BATCH = 200
ACTOR = Actor("scheduled_job", "payment_sources.expiries")

_STAGES: dict[str, int] = {PaymentSourceStatus.EXPIRING: 1, PaymentSourceStatus.EXPIRED: 2}
_SIGNALS: dict[str, Signal] = {
    PaymentSourceStatus.EXPIRING: signals.payment_source_expiring,
    PaymentSourceStatus.EXPIRED: signals.payment_source_expired,
}

logger = logging.getLogger("billing_customers.jobs")


@handler("payment_sources.expiries", every=timedelta(days=1))
def mark_expiries(running: RunningJob) -> dict[str, int]:
    """Mark the cards that are near or past their end."""
    looked_at = changed = after = 0
    while pks := due_sources(after=after, at=running.clock()):
        changed += sum(_refresh_safely(pk, running.clock()) for pk in pks)
        looked_at, after = looked_at + len(pks), pks[-1]
        running.progress(looked_at)
    return {"changed": changed, "failed": looked_at - changed}


def refresh_expiries(*, site: BillingSite | None = None, at: datetime) -> int:
    """Mark the cards of ``site``, or of every site, that are near or past their end; return how many.

    A card is good to the end of its month (UTC), ``expiring`` for the 30 days before that, and ``expired`` after it.
    Each change is told once, by a signal. Can be repeated.
    """
    changed = after = 0
    while pks := due_sources(site=site, after=after, at=at):
        changed += sum(refresh_expiry(pk, at=at) for pk in pks)
        after = pks[-1]
    return changed


def due_sources(*, site: BillingSite | None = None, after: int = 0, at: datetime) -> list[int]:
    """The next primary keys, beyond ``after``, of attached sources whose status is behind the time."""
    sources = PaymentSource.objects.using(locks.database()) if site is None else _of(site)
    expired = Q(_ends_before(at), status__in=(PaymentSourceStatus.VALID, PaymentSourceStatus.EXPIRING))
    expiring = Q(_ends_before(at + EXPIRY_NOTICE), status=PaymentSourceStatus.VALID)
    due = sources.attached().filter(expired | expiring, pk__gt=after).order_by("pk")
    return list(due.values_list("pk", flat=True)[:BATCH])


def refresh_expiry(pk: int, *, at: datetime) -> bool:
    """Bring the status of one source up to the time; whether it has changed."""
    using = locks.database()
    with transaction.atomic(using=using):
        found = PaymentSource.objects.using(using).filter(pk=pk).select_related("site").first()
        if found is None:
            return False
        site = found.site
        customer = locks.lock_customers(site, [found.customer_id]).get(found.customer_id)
        source = _of(site).attached().filter(pk=pk, customer=customer).select_related("gateway_account").first()
        change = _change(source, at) if source is not None else None
        if customer is None or source is None or change is None:
            return False
        status, signal = change
        write_source(source, {"status": status}, at)
        if source.public_id == customer.primary_payment_source_id:
            raise_version(site, customer, at=at)
        signal.send(sender=PaymentSource, customer=customer, site=site, payment_source=source, actor=ACTOR, at=at)
        return True


def _refresh_safely(pk: int, at: datetime) -> bool:
    """One that a receiver of the host's refuses must not keep the others from their turn."""
    try:
        return refresh_expiry(pk, at=at)
    except Exception:
        logger.exception("the expiry of payment source %s could not be noted", pk)
        return False


def _change(source: PaymentSource, at: datetime) -> tuple[str, Signal] | None:
    status = status_by_date(source.status, source.expiry_year, source.expiry_month, at)
    is_later = _STAGES.get(status, 0) > _STAGES.get(source.status, 0)
    return (status, _SIGNALS[status]) if is_later else None


def _ends_before(at: datetime) -> Q:
    """Whether the month of expiry lies before that of ``at``: it is over then."""
    return Q(expiry_year__lt=at.year) | Q(expiry_year=at.year, expiry_month__lt=at.month)


def _of(site: BillingSite) -> Any:
    return PaymentSource.objects.using(locks.database()).for_site(site)
