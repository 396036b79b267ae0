"""The two ways to an installation."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import requests
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from billing_customers.choices import Scope
from billing_customers.conformance.calls import Answer
from billing_customers.gateways.test import undone_as_a_whole
from billing_customers.models import BillingSite
from billing_customers.operations import locks
from billing_customers.operations.api_keys import create_api_key, find_api_key
from billing_customers.operations.customers import create_customer
from billing_customers.operations.documents import create_invoice, create_subscription
from billing_customers.operations.move_allowances import allow_moves
from billing_customers.operations.sites import create_site, ensure_site

TIMEOUT = (5, 30)


def make_movable_customer(*, site: BillingSite, from_site: str, id: str, at: datetime) -> None:  # noqa: A002 - as in the setups
    """Make a customer of another test site, from which ``site`` may take it."""
    source, _ = ensure_site(slug=from_site, at=at)
    create_customer(site=source, public_id=id, attributes={}, at=at)
    allow_moves(site=site, from_site=source, at=at)


_MAKERS: Mapping[str, Callable[..., object]] = {
    "invoice": create_invoice,
    "movable_customer": make_movable_customer,
    "subscription": create_subscription,
}


class HttpTransport:
    """Over the network to ``url``, such as ``https://billing.example.com``. Redirects are answers, not followed."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.session = requests.Session()

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        response = self.session.request(
            method, self.url + target, data=body, headers=dict(headers), timeout=TIMEOUT, allow_redirects=False
        )
        return Answer.of(response.status_code, response.content, response.headers)

    def make(self, kind: str, params: Mapping[str, Any], key: str) -> bool:
        return False

    def close(self) -> None:
        self.session.close()


class InProcessTransport:
    """Through this project's own middleware and URLs, without a server."""

    def __init__(self) -> None:
        # The tests' Client leaves the database connection alone, so that the transaction around the run stays open.
        self.client = Client(raise_request_exception=False)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        response = self.client.generic(
            method,
            target,
            body,
            content_type=headers["Content-Type"],
            secure=True,
            headers=dict(headers),
            SERVER_NAME=_allowed_host(),
        )
        return Answer.of(response.status_code, response.content, response.headers)

    def make(self, kind: str, params: Mapping[str, Any], key: str) -> bool:
        found = find_api_key(key, at=timezone.now())
        if found is None:
            return False
        _MAKERS[kind](site=found.site, at=timezone.now(), **params)
        return True


@contextmanager
def temporary_key(at: datetime) -> Iterator[str]:
    """The key of a site that is gone, with all that was done in it, when the block ends."""
    with transaction.atomic(using=locks.database()), undone_as_a_whole():
        site = create_site(slug=f"conformance-{secrets.token_hex(6)}-test", at=at)
        _, key = create_api_key(site=site, scopes=[Scope.WRITE, Scope.PII_CLEAR], name="billing_conformance", at=at)
        yield key
        transaction.set_rollback(True, using=locks.database())


def _allowed_host() -> str:
    hosts = [host for host in settings.ALLOWED_HOSTS if not host.startswith(("*", "."))]
    return hosts[0] if hosts else "localhost"
