from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import outputs
from billing_customers.dialects.chargebee.inputs import webhooks as inputs
from billing_customers.dialects.chargebee.pagination import Scope, read_limit
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import NotFound
from billing_customers.models import WebhookEndpoint
from billing_customers.operations.webhooks import (
    create_endpoint,
    delete_endpoint,
    rotate_secret,
    send_ping,
    update_endpoint,
)
from billing_customers.queries.events import find_event
from billing_customers.queries.webhooks import endpoints_of, find_endpoint


class WebhookEndpointViewSet(ChargebeeViewSet):
    """The site's endpoints, whichever contract their events are written in."""

    secret_actions = frozenset({"create", "rotate_secret"})

    def list(self, request: Request) -> HttpResponse:
        limit = read_limit(self.query)
        scope = Scope.of(self.site, "webhook_endpoints")
        position = scope.open_position(self.query)
        found = endpoints_of(self.site, limit=limit + 1, after=position[1] if position else 0)
        answer: dict[str, Any] = {"list": [_shown(endpoint) for endpoint in found[:limit]]}
        if len(found) > limit:
            answer["next_offset"] = scope.seal_position(0, found[limit - 1].pk)
        return json_answer(answer)

    def create(self, request: Request) -> HttpResponse:
        endpoint, secret = create_endpoint(
            site=self.site, attributes=inputs.read_new(self.body), actor=self.actor, at=self.at
        )
        return json_answer(_shown(endpoint, signing_secret=secret.reveal()))

    def retrieve(self, request: Request, public_id: str) -> HttpResponse:
        return json_answer(_shown(self._endpoint(public_id)))

    def update(self, request: Request, public_id: str) -> HttpResponse:
        endpoint = update_endpoint(
            site=self.site,
            public_id=public_id,
            attributes=inputs.read_changes(self.body),
            actor=self.actor,
            at=self.at,
        )
        return json_answer(_shown(endpoint))

    def delete_endpoint(self, request: Request, public_id: str) -> HttpResponse:
        endpoint = delete_endpoint(site=self.site, public_id=public_id, actor=self.actor, at=self.at)
        return json_answer(_shown(endpoint))

    def rotate_secret(self, request: Request, public_id: str) -> HttpResponse:
        overlap = inputs.read_overlap(self.body)
        secret = rotate_secret(site=self.site, public_id=public_id, overlap=overlap, actor=self.actor, at=self.at)
        return json_answer(_shown(self._endpoint(public_id), signing_secret=secret.reveal()))

    def ping(self, request: Request, public_id: str) -> HttpResponse:
        recorded = send_ping(site=self.site, public_id=public_id, actor=self.actor, at=self.at)
        row = find_event(self.site, recorded.public_id)
        if row is None:
            raise NotFound("There is no such event.")
        return json_answer({"event": outputs.event(row.payload, row.webhook_status, row.endpoints)})

    def _endpoint(self, public_id: str) -> WebhookEndpoint:
        endpoint = find_endpoint(self.site, public_id)
        if endpoint is None:
            raise NotFound("There is no such webhook endpoint.")
        return endpoint


def _shown(endpoint: WebhookEndpoint, *, signing_secret: str | None = None) -> dict[str, Any]:
    return {"webhook_endpoint": outputs.webhook_endpoint(vars(endpoint), signing_secret=signing_secret)}
