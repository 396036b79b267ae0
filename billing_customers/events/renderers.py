"""How each dialect writes an event. The dialects register themselves here; nothing below them knows their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from billing_customers.models import BillingSite

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that is about to be written.

    ``type`` is one of :class:`~billing_customers.choices.EventType`; ``customer`` the columns of the customer's row
    after the change, ``None`` for a ping; ``webhook_status`` is Chargebee's; ``endpoints`` the ids of the endpoints
    that will get it; ``content`` what else the event is about, by resource.
    """

    public_id: str
    type: str
    site: BillingSite
    source: str
    user: str
    occurred_at: datetime
    customer: Row | None
    webhook_status: str
    endpoints: tuple[str, ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict)


class Renderer(Protocol):
    """A dialect's way to write events."""

    def name_of(self, event_type: str) -> str | None:
        """The contract's name of the event, ``None`` where it has none."""

    def fault_of_name(self, name: str) -> str | None:
        """Why an endpoint cannot select events of this name, as a sentence; ``None`` when it can."""

    def render(self, happening: Happening) -> str:
        """The body of the webhook: JSON text. Called only for events that have a name."""


_renderers: dict[str, Renderer] = {}


def register(dialect: str, renderer: Renderer) -> None:
    """Make ``renderer`` the one for endpoints of ``dialect`` (a value of ``DialectName``)."""
    _renderers[dialect] = renderer


def renderer_of(dialect: str) -> Renderer:
    """The renderer of ``dialect``."""
    return _renderers[dialect]


def renderers() -> Mapping[str, Renderer]:
    """Every renderer, by dialect."""
    return _renderers
