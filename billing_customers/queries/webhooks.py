"""The endpoints of a site. There are few of them."""

from __future__ import annotations

from billing_customers.models import BillingSite, WebhookEndpoint


def endpoints_of(site: BillingSite, *, limit: int | None = None, after: int = 0) -> list[WebhookEndpoint]:
    """The kept endpoints with a primary key beyond ``after``, in the order they were made, at most ``limit``."""
    return list(WebhookEndpoint.objects.for_site(site).kept().filter(pk__gt=after).order_by("pk")[:limit])


def find_endpoint(site: BillingSite, public_id: str) -> WebhookEndpoint | None:
    """The kept endpoint with this id, or ``None``."""
    return WebhookEndpoint.objects.for_site(site).kept().filter(public_id=public_id).first()


def find_endpoint_by_number(site: BillingSite, number: int) -> WebhookEndpoint | None:
    """The kept endpoint with this number, which is its id in CHING's API, or ``None``."""
    return WebhookEndpoint.objects.for_site(site).kept().filter(number=number).first()
