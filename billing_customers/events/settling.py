"""Write down what became of attempts, and let their lanes go."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial

from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from billing_customers import signals
from billing_customers.choices import AttemptTrigger, DeliveryStatus
from billing_customers.events.lanes import Claim, Head, let_go, lock_owned
from billing_customers.events.record import database
from billing_customers.events.schedule import MAX_ATTEMPTS, PROBED_FOR, Randomness, is_cut_short, retry_delay
from billing_customers.events.transport import Reply
from billing_customers.inserts import Insert
from billing_customers.models import Delivery, DeliveryAttempt, Lane

logger = logging.getLogger("billing_customers.webhooks")

GONE = 410
_ASKS_TO_WAIT = {429, 503}
_INSERT_ATTEMPT = Insert(
    DeliveryAttempt,
    (
        "site_id",
        "delivery_id",
        "number",
        "trigger",
        "started_at",
        "duration_ms",
        "status_code",
        "error",
        "detail",
        "response_text",
    ),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that was made for ``head``, and its answer."""

    head: Head
    started_at: datetime
    reply: Reply

    @property
    def is_success(self) -> bool:
        status = self.reply.status
        return status is not None and 200 <= status < 300 and not self.reply.error

    @property
    def retry_after(self) -> timedelta | None:
        """What the receiver asked for with 429 or 503, in seconds or as a date."""
        if self.reply.status not in _ASKS_TO_WAIT or not self.reply.retry_after:
            return None
        text = self.reply.retry_after.strip()
        if text.isascii() and text.isdigit():
            return timedelta(seconds=int(text[:9]))
        try:
            until = parsedate_to_datetime(text)
        except (TypeError, ValueError, OverflowError):
            return None
        return max(timedelta(0), (until if until.tzinfo else until.replace(tzinfo=UTC)) - self.started_at)


def note_progress(held: Claim, attempts: Sequence[Attempt], *, at: datetime) -> None:
    """Write attempts that arrived, while their lanes go on being held."""
    with transaction.atomic(using=database()):
        owned = set(lock_owned(held, {attempt.head.lane for attempt in attempts}))
        _write(held, [attempt for attempt in attempts if attempt.head.lane in owned], at)


def settle(held: Claim, attempts: Sequence[Attempt], *, at: datetime, uniform: Randomness = random.uniform) -> None:
    """Write the attempts and let every lane of the claim go.

    A lane whose lease was lost meanwhile belongs to another worker: nothing is written for it, and its events may
    arrive once more.
    """
    with transaction.atomic(using=database()):
        owned = lock_owned(held, held.lanes)
        mine = [attempt for attempt in attempts if attempt.head.lane in set(owned)]
        _write(held, mine, at)
        failed = {attempt.head.lane: attempt for attempt in mine if not attempt.is_success}
        for attempt in failed.values():
            _put_off(held, attempt, at, uniform)
        # They queue up again behind those that still wait, however much is left in them.
        let_go(held, [lane for lane in owned if lane not in failed], at=at)


def _write(held: Claim, attempts: Sequence[Attempt], at: datetime) -> None:
    if not attempts:
        return
    site = held.endpoint.site_id
    arrived = [attempt.head.delivery for attempt in attempts if attempt.is_success]
    _pending(held, arrived).update(
        status=DeliveryStatus.SUCCEEDED,
        attempts=F("attempts") + 1,
        first_attempt_at=Coalesce("first_attempt_at", at),
        finished_at=at,
    )
    _INSERT_ATTEMPT.rows(
        database(),
        [
            (
                site,
                attempt.head.delivery,
                attempt.head.attempts + 1,
                _trigger(held, attempt.head),
                attempt.started_at,
                attempt.reply.duration_ms,
                attempt.reply.status,
                attempt.reply.error,
                attempt.reply.detail[:250],
                attempt.reply.text,
            )
            for attempt in attempts
        ],
    )


def _put_off(held: Claim, attempt: Attempt, at: datetime, uniform: Randomness) -> None:
    """Write that the head of a lane failed, and when it is tried again; give up when its schedule is used up.

    A probe leaves the schedule alone, and so does what is tried ahead of it. Nothing is given up while the endpoint
    takes nothing at all.
    """
    endpoint, head = held.endpoint, attempt.head
    row = _pending(held, [head.delivery])
    row.update(attempts=F("attempts") + 1, first_attempt_at=Coalesce("first_attempt_at", attempt.started_at))
    lane = Lane.objects.using(database()).for_site(endpoint.site_id).filter(pk=head.lane)
    if held.is_probe:
        # The next probe takes another lane: this one's event may be poison.
        lane.update(ready_at=at + PROBED_FOR, lease_until=None, token="")
        return
    current = row.values_list("failures", "first_attempt_at").first()
    if current is None:
        let_go(held, [head.lane], at=at)
        return
    failures, first = current[0] + 1, current[1]
    is_silent = endpoint.last_success_at is None or (first is not None and endpoint.last_success_at < first)
    if not is_cut_short(failures, is_silent=is_silent):
        row.update(failures=failures)
    if failures >= MAX_ATTEMPTS and not is_silent:
        _give_up(held, head, at)
        let_go(held, [head.lane], at=at)
        return
    delay = retry_delay(failures, retry_after=attempt.retry_after, is_silent=is_silent, uniform=uniform)
    lane.update(ready_at=at + delay, lease_until=None, token="")


def _give_up(held: Claim, head: Head, at: datetime) -> None:
    _pending(held, [head.delivery]).update(status=DeliveryStatus.EXHAUSTED, finished_at=at)
    logger.warning("event %s was given up for endpoint %s", head.event_id, held.endpoint.public_id)
    tell = partial(
        signals.webhook_exhausted.send_robust,
        sender=Delivery,
        delivery_pk=head.delivery,
        event_id=head.event_id,
        endpoint=held.endpoint,
        at=at,
    )
    transaction.on_commit(lambda: (tell(), None)[1], using=database())


def _pending(held: Claim, deliveries: Iterable[int]) -> models.QuerySet[Delivery]:
    mine = Delivery.objects.using(database()).for_site(held.endpoint.site_id)
    return mine.filter(pk__in=deliveries, status=DeliveryStatus.PENDING)


def _trigger(held: Claim, head: Head) -> str:
    if head.is_manual:
        return AttemptTrigger.MANUAL
    return AttemptTrigger.PROBE if held.is_probe else AttemptTrigger.SCHEDULE
