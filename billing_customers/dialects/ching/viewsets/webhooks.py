from __future__ import annotations

import re

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.ching import inputs, outputs
from billing_customers.dialects.ching.viewsets.base import ChingViewSet
from billing_customers.exceptions import NotFound
from billing_customers.operations.webhooks import create_endpoint, delete_endpoint, rotate_secret, send_ping
from billing_customers.queries.webhooks import endpoints_of, find_endpoint_by_number

_NUMBER = re.compile(r"\A[1-9][0-9]{0,8}\Z")


class WebhookViewSet(ChingViewSet):
    """The site's endpoints, whichever contract their events are written in, by number."""

    secret_actions = frozenset({"create", "rotate_secret"})

    def list(self, request: Request) -> HttpResponse:
        rows = [outputs.webhook(vars(each), livemode=self.site.livemode) for each in endpoints_of(self.site)]
        return json_answer({"success": True, "data": rows})

    def create(self, request: Request) -> HttpResponse:
        endpoint, secret = create_endpoint(
            site=self.site, attributes=inputs.read_webhook(self.body), actor=self.actor, at=self.at
        )
        shown = outputs.webhook(vars(endpoint), livemode=self.site.livemode, secret=secret.reveal())
        return json_answer({"success": True, "data": shown})

    def destroy(self, request: Request, number: str) -> HttpResponse:
        endpoint = delete_endpoint(site=self.site, public_id=self._public_id(number), actor=self.actor, at=self.at)
        return json_answer({"success": True, "data": outputs.deleted_webhook(vars(endpoint))})

    def rotate_secret(self, request: Request, number: str) -> HttpResponse:
        overlap = inputs.read_overlap(self.body)
        secret = rotate_secret(
            site=self.site, public_id=self._public_id(number), overlap=overlap, actor=self.actor, at=self.at
        )
        return json_answer({"success": True, "data": {"id": int(number), "secret": secret.reveal()}})

    def ping(self, request: Request, number: str) -> HttpResponse:
        recorded = send_ping(site=self.site, public_id=self._public_id(number), actor=self.actor, at=self.at)
        return json_answer({"success": True, "data": {"id": recorded.public_id, "type": "ping"}})

    def _public_id(self, number: str) -> str:
        endpoint = find_endpoint_by_number(self.site, int(number)) if _NUMBER.match(number) else None
        if endpoint is None:
            raise NotFound("There is no such resource.")
        return endpoint.public_id
