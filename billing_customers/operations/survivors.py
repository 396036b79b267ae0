"""What a customer has said of itself, in the rows of those that it was merged into until that was undone.

Nothing of it is theirs any more, but what was told of them in that time tells of the customer, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from billing_customers.models import BillingSite, Customer, CustomerMerge, DeliveryAttempt, Lane
from billing_customers.models.job import ALIVE
from billing_customers.operations import locks
from billing_customers.operations.blanking import redact_events
from billing_customers.operations.erasure_scan import PersonalDataLeft, Said, ids_of
from billing_customers.operations.owned_rows import chunks, rows_of
from billing_customers.personal import Treated, blanks, treated

# The clocks of those who write may differ by so much.
_MARGIN = timedelta(minutes=1)
_AT_ONCE = 500
# By model: when a row was written, and the columns that may tell of a customer.
_TELLING = {
    "Event": ("occurred_at", ("ching_payload", "chargebee_payload")),
    "IdempotencyRecord": ("created_at", ("key", "response_body")),
    "Job": ("created_at", ("arguments", "result", "error")),
}


@dataclass(frozen=True, slots=True)
class Stay:
    """``survivor`` had what was the customer's from ``since`` to ``until``; still does if that is ``None``."""

    survivor: Customer
    since: datetime
    until: datetime | None

    def within(self, column: str) -> Q:
        """The rows whose ``column`` is in that time."""
        begun = Q(**{f"{column}__gte": self.since - _MARGIN})
        return begun & Q(**{f"{column}__lte": self.until + _MARGIN}) if self.until else begun


def stays_of(site: BillingSite, customer: Customer) -> list[Stay]:
    """Every merge of the customer, and of whom it was merged into while that lasted, the first one first."""
    found: list[Stay] = []
    asked = [(customer.pk, Q())]
    while asked:
        source, lasted = asked.pop(0)
        merges = CustomerMerge.objects.using(locks.database()).for_site(site).exclude(merged_at=None)
        for merge in merges.filter(lasted, source=source).select_related("target").order_by("pk"):
            if merge.merged_at is None:
                continue
            stay = Stay(merge.target, merge.merged_at, merge.undone_at)
            if stay not in found:
                found.append(stay)
                asked.append((merge.target_id, stay.within("merged_at")))
    return found


def lanes_of(site: BillingSite, customer: Customer) -> Any:
    """The lanes in which webhooks of the customer are sent, and those of whom it was merged into."""
    everyone = {customer.pk, *(stay.survivor.pk for stay in stays_of(site, customer))}
    return Lane.objects.using(locks.database()).for_site(site).filter(customer__in=everyone)


def clear_survivors(site: BillingSite, customer: Customer, said: Said) -> dict[str, int]:
    """Take from their rows of that time what the customer has said; return how many rows, by the survivor's id.

    Events keep their ids, amounts and codes; stored answers go. Raises :class:`PersonalDataLeft`.
    """
    counts: dict[str, int] = {}
    for stay in stays_of(site, customer):
        theirs = Said(said.texts, ids_of(site, stay.survivor))
        cleared = _redact(site, stay, theirs) + _remove_answers(site, stay, theirs) + _empty_jobs(site, stay, theirs)
        counts[stay.survivor.public_id] = counts.get(stay.survivor.public_id, 0) + cleared
        _check(site, stay, theirs)
    return counts


def _redact(site: BillingSite, stay: Stay, said: Said) -> int:
    events, told = _told("Event", site, stay, said)
    attempts = DeliveryAttempt.objects.using(locks.database()).for_site(site)
    for start in range(0, len(told), _AT_ONCE):
        some = told[start : start + _AT_ONCE]
        redact_events(events.filter(pk__in=some), said)
        # What a receiver has answered may repeat what it was sent.
        attempts.filter(delivery__event__in=some).update(**blanks("DeliveryAttempt"))
    return len(told)


def _remove_answers(site: BillingSite, stay: Stay, said: Said) -> int:
    if not treated("IdempotencyRecord", Treated.ROW_REMOVED):
        return 0
    records, told = _told("IdempotencyRecord", site, stay, said)
    for start in range(0, len(told), _AT_ONCE):
        records.filter(pk__in=told[start : start + _AT_ONCE]).delete()
    return len(told)


def _empty_jobs(site: BillingSite, stay: Stay, said: Said) -> int:
    jobs, told = _told("Job", site, stay, said)
    ended = jobs.filter(pk__in=told).exclude(status__in=ALIVE)
    return int(ended.update(arguments={}, result=None, error=""))


def _told(name: str, site: BillingSite, stay: Stay, said: Said) -> tuple[Any, list[int]]:
    """The rows of that time, and the primary keys of those that tell what the customer has said."""
    written, columns = _TELLING[name]
    rows = rows_of(name, site, stay.survivor).filter(stay.within(written))
    told = [row["pk"] for row in chunks(rows, *columns) if said.is_in(*(row[column] for column in columns))]
    return rows, told


def _check(site: BillingSite, stay: Stay, said: Said) -> None:
    """Search them again; a job that is alive keeps what it needs."""
    for name in ("Event", "IdempotencyRecord"):
        told = _told(name, site, stay, said)[1]
        if told:
            raise PersonalDataLeft(f"{name} {told[0]} of whom it was merged into still holds personal data.")
