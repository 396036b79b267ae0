"""The pages of webhook endpoints, used as a person would: adding, changing, acting."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from billing_customers.models import BillingSite, WebhookEndpoint
from tests.admin.forms import ADMIN, filled_in
from tests.admin.outbox import URL

LIST = f"{ADMIN}/webhookendpoint/"
ADD = f"{LIST}add/"
FORM = "webhookendpoint_form"
SHOWN = re.compile(r'<code class="bc-key-text"[^>]*>([^<]+)</code>')
PASSWORD = "correct horse battery staple"


def page(endpoint: WebhookEndpoint) -> str:
    return f"{LIST}{endpoint.pk}/change/"


def add(client: Client, site: BillingSite, **values: Any) -> Any:
    typed = {"site": site.pk, "dialect": "ching", "url": URL, "which_events": "all", **values}
    return client.post(ADD, filled_in(client, ADD, FORM, **typed))


def edit(client: Client, endpoint: WebhookEndpoint, **values: Any) -> Any:
    is_all = endpoint.events == ["*"]
    typed = {"which_events": "all" if is_all else "some", **values}
    return client.post(page(endpoint), filled_in(client, page(endpoint), FORM, **typed))


def act(client: Client, action: str, *endpoints: WebhookEndpoint, **values: Any) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [each.pk for each in endpoints], **values})


def shown_secret(answer: Any) -> str:
    (text,) = SHOWN.findall(answer.content.decode())
    return str(text)


def columns(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return dict(WebhookEndpoint.objects.filter(pk=endpoint.pk).values().get())
