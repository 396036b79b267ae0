from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from billing_customers.dialects.answers import json_answer
from billing_customers.dialects.chargebee import outputs
from billing_customers.dialects.chargebee.inputs import moves as inputs
from billing_customers.dialects.chargebee.viewsets.base import ChargebeeViewSet
from billing_customers.exceptions import NotFound
from billing_customers.models import ResourceMigration
from billing_customers.operations.move import schedule_move
from billing_customers.queries.moves import latest_migration


class ResourceMigrationViewSet(ChargebeeViewSet):
    """Customers that are taken from another site, by the key of the one that they come to."""

    def move(self, request: Request) -> HttpResponse:
        return _answer(schedule_move(site=self.site, **inputs.read_move(self.body), actor=self.actor, at=self.at))

    def retrieve_latest(self, request: Request) -> HttpResponse:
        found = latest_migration(self.site, **inputs.read_latest(self.query))
        if found is None:
            raise NotFound("There is no such migration.")
        return _answer(found)


def _answer(migration: ResourceMigration) -> HttpResponse:
    return json_answer({"resource_migration": outputs.resource_migration(migration)})
