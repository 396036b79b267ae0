"""A body that did not arrive whole, or whose length is not known, is refused: it must not count as empty."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import create_customer
from tests.fixtures import NOW


@pytest.fixture(autouse=True)
def kept_connection() -> Iterator[None]:
    """As Django's test client does: a request must not close the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def customer(site: BillingSite) -> Customer:
    return create_customer(
        site=site,
        attributes={"name": "Tal", "billing_address": {"line1": "1 Old Street"}},
        public_id="c1",
        at=NOW,
    )


def answer(path: str, key: str, body: bytes, **environ: Any) -> tuple[int, dict[str, Any]]:
    """What the WSGI application answers to a POST with exactly this environment."""
    said: list[str] = []
    is_form = path.startswith("/api/")
    scheme = "Basic " + base64.b64encode(f"{key}:".encode()).decode() if is_form else f"Bearer {key}"
    wsgi = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "application/x-www-form-urlencoded" if is_form else "application/json",
        "HTTP_AUTHORIZATION": scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        **environ,
    }
    response = WSGIHandler()(wsgi, lambda status, headers: said.append(status))
    return int(said[0].split()[0]), json.loads(b"".join(response))


PLACES = [("/api/v2/customers/c1/update_billing_info", b"vat_number=X"), ("/v1/customers/c1", b'{"name": "New"}')]


@pytest.mark.parametrize(("path", "body"), PLACES, ids=["chargebee", "ching"])
@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        {"CONTENT_LENGTH": "-5"},
        {"CONTENT_LENGTH": "abc"},
        {"CONTENT_LENGTH": "1e3"},
        {"CONTENT_LENGTH": "100"},
        {"CONTENT_LENGTH": "9" * 20},
    ],
    ids=lambda environ: "-".join(environ.values())[:10],
)
def test_a_body_of_unknown_or_wrong_length_changes_nothing(
    customer: Customer, key: str, path: str, body: bytes, environ: dict[str, str]
) -> None:
    status, told = answer(path, key, body, **environ)

    assert status == 400
    assert told.get("api_error_code", told.get("error", {}).get("code")) in {"invalid_request", "INVALID_FIELD"}
    stored = Customer.objects.get()
    assert (stored.name, stored.address_line1, stored.resource_version) == (
        "Tal",
        "1 Old Street",
        customer.resource_version,
    )


@pytest.mark.parametrize(("path", "body"), PLACES, ids=["chargebee", "ching"])
def test_a_body_of_its_declared_length_is_taken(customer: Customer, key: str, path: str, body: bytes) -> None:
    status, _ = answer(path, key, body, CONTENT_LENGTH=str(len(body)))

    assert status == 200
    assert Customer.objects.get().resource_version > customer.resource_version


@pytest.mark.parametrize("path", ["/api/v2", "/ching/v1", "/v1"])
@pytest.mark.parametrize("debug", [True, False])
def test_a_mount_without_its_slash_is_not_found(db: None, settings: Any, key: str, path: str, debug: bool) -> None:
    settings.DEBUG, settings.APPEND_SLASH = debug, True

    status, told = answer(path, key, b"", CONTENT_LENGTH="0")

    assert status == 404
    assert {"api_error_code", "success"} & set(told)
