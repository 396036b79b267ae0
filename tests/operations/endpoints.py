"""Endpoints in short, for tests of what operations do to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from billing_customers.events.delivery import secret_purpose
from billing_customers.events.sealing import Secret, open_sealed
from billing_customers.models import BillingSite, WebhookEndpoint, WebhookSecret
from billing_customers.operations import webhooks
from tests.fixtures import NOW

URL = "https://hooks.example.com/in"
LATER = NOW + timedelta(minutes=1)


def make(site: BillingSite, at: Any = NOW, **attributes: Any) -> tuple[WebhookEndpoint, Secret]:
    """An endpoint of CHING's dialect, unless ``attributes`` say otherwise, and its secret."""
    said = {"dialect": "ching", "url": URL, **attributes}
    return webhooks.create_endpoint(site=site, attributes=said, at=at)


def change(endpoint: WebhookEndpoint, at: Any = LATER, **attributes: Any) -> WebhookEndpoint:
    return webhooks.update_endpoint(site=endpoint.site, public_id=endpoint.public_id, attributes=attributes, at=at)


def rotate(endpoint: WebhookEndpoint, at: Any = LATER, **overlap: Any) -> Secret:
    return webhooks.rotate_secret(site=endpoint.site, public_id=endpoint.public_id, at=at, **overlap)


def stored(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The row as the database has it."""
    return WebhookEndpoint.objects.get(pk=endpoint.pk)


def signing(endpoint: WebhookEndpoint, at: Any) -> list[Secret]:
    """The secrets that sign at a time, the newest first."""
    rows = [row for row in WebhookSecret.objects.filter(endpoint=endpoint) if row.is_live(at)]
    return [open_sealed(row.sealed, purpose=secret_purpose(endpoint)) for row in rows]
