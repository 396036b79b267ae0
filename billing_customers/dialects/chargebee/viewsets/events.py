from __future__ import annotations

from typing import Any, Literal

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import outputs
from billing_customers.dialects.chargebee.filters import read_event_conditions
from billing_customers.dialects.chargebee.pagination import Scope, read_limit, read_sort
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import NotFound
from billing_customers.queries.events import EventPosition, EventRow, find_event, page_of_events

# Both orders are those of recording: it alone lets a client poll and miss nothing.
EVENT_SORTS: tuple[Literal["occurred_at"], ...] = ("occurred_at",)


class EventViewSet(ChargebeeViewSet):
    """What happened, and what became of its webhooks."""

    def list(self, request: Request) -> HttpResponse:
        query = self.query
        conditions = read_event_conditions(query)
        _, descending = read_sort(query, EVENT_SORTS)
        said = [(each.attribute, each.operator, each.value) for each in conditions]
        scope = Scope.of(self.site, "events", said, descending)
        position = scope.open_position(query)
        page = page_of_events(
            self.site,
            conditions=conditions,
            descending=descending,
            limit=read_limit(query),
            after=EventPosition(*position) if position else None,
        )
        answer: dict[str, Any] = {"list": [_shown(row) for row in page.rows]}
        if page.next is not None:
            answer["next_offset"] = scope.seal_position(page.next.tx, page.next.pk)
        return json_answer(answer)

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        row = find_event(self.site, public_id)
        if row is None:
            raise NotFound("There is no such event.")
        return json_answer(_shown(row))


def _shown(row: EventRow) -> dict[str, Any]:
    return {"event": outputs.event(row.payload, row.webhook_status, row.endpoints)}
