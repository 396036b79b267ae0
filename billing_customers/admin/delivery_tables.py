"""Tables of deliveries and of the attempts that were made, as they stand on several pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext

from billing_customers.admin.cells import badge, ltr, moment
from billing_customers.choices import DeliveryStatus, EventType
from billing_customers.models import Delivery, DeliveryAttempt

_KINDS = {
    DeliveryStatus.PENDING: "warn",
    DeliveryStatus.SUCCEEDED: "good",
    DeliveryStatus.EXHAUSTED: "bad",
    DeliveryStatus.EXPIRED: "bad",
    DeliveryStatus.CANCELLED: "quiet",
}


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One request, each part as it is shown. ``text`` is what the receiver answered, ``None`` where it is kept back."""

    number: str
    trigger: str
    at: str
    status: str
    duration: str
    error: str
    text: str | None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery: what it is of, and what became of it."""

    about: str
    status: str
    attempts: str
    created_at: str
    finished_at: str
    attempt_log: Sequence[AttemptLine] = field(default=())


def status_badge(status: str) -> str:
    """The status of a delivery in its colour."""
    known = DeliveryStatus(status)
    return badge(known.label, _KINDS[known])


def delivery_line(delivery: Delivery, about: str, attempt_log: Sequence[AttemptLine] = ()) -> DeliveryLine:
    """A line that says ``about`` what it is: the event on the page of an endpoint, and the other way round."""
    return DeliveryLine(
        about=about,
        status=status_badge(delivery.status),
        attempts=str(delivery.attempts),
        created_at=moment(delivery.created_at),
        finished_at=moment(delivery.finished_at),
        attempt_log=attempt_log,
    )


def attempt_lines(attempts: Sequence[DeliveryAttempt], *, shows_text: bool) -> list[AttemptLine]:
    """What was tried. An answer may repeat the payload, so it is shown to those who may see customers."""
    return [
        AttemptLine(
            number=str(attempt.number),
            trigger=attempt.get_trigger_display(),
            at=moment(attempt.started_at),
            status=_answer_badge(attempt.status_code),
            duration=ltr(f"{attempt.duration_ms} ms"),
            error=": ".join(part for part in (attempt.error, attempt.detail) if part),
            text=attempt.response_text if shows_text else None,
        )
        for attempt in attempts
    ]


def is_resent(delivery: Delivery) -> bool:
    """Whether it was sent before. A ping is beside the schedule too, and nothing that was sent before."""
    return delivery.is_manual and delivery.event.type != EventType.PING


def happening(delivery: Delivery) -> list[str]:
    """What tells the delivery from others of its event or endpoint: what happened, and whether it is sent again."""
    again = [gettext("resent by hand")] if is_resent(delivery) else []
    return [delivery.event.get_type_display(), *again]


def deliveries_table(lines: Sequence[DeliveryLine], *, about: str, nothing: str) -> str:
    """``about`` heads the first column; ``nothing`` is said when there are no lines."""
    return _rendered("deliveries", {"lines": lines, "about": about, "nothing": nothing})


def attempts_table(lines: Sequence[AttemptLine]) -> str:
    """A table of attempts, or that there was none."""
    return _rendered("attempts", {"attempts": lines})


def _rendered(name: str, context: Mapping[str, Any]) -> str:
    return render_to_string(f"admin/billing_customers/{name}.html", dict(context))


def _answer_badge(status: int | None) -> str:
    if status is None:
        return badge(gettext("no answer"), "bad")
    return badge(str(status), "good" if 200 <= status < 300 else "bad")
