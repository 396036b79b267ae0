"""The number and the code of a card are on their way to the gateway in memory alone: no row, log, mail or answer has
them, whatever comes of the request.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from billing_customers.gateways.base import Refused, Unreachable
from billing_customers.gateways.test import TestGateway
from billing_customers.models import Customer, IdempotencyRecord, PaymentSource
from tests.clients import ChargebeeClient

NUMBER = "4012888888881881"
CVV = "canary-of-the-code-94741"
# As people write it, and as it may end up in a text.
WRITTEN = (NUMBER, "4012 8888 8888 1881", "4012-8888-8888-1881", CVV)
PARTS = {"number": NUMBER, "expiry_month": "10", "expiry_year": "2030", "cvv": CVV}
CARD = {f"card[{name}]": value for name, value in PARTS.items()}

CALLS: dict[str, tuple[str, dict[str, str]]] = {
    "create": ("/customers", {"id": "new", **CARD}),
    "create, grouped digits": ("/customers", {"id": "new", **CARD, "card[number]": WRITTEN[1]}),
    "create_card": ("/payment_sources/create_card", {"customer_id": "c1", **CARD}),
    "update": ("/customers/c1", {"first_name": "Dana", **CARD}),
    "update_payment_method": (
        "/customers/c1/update_payment_method",
        {"payment_method[type]": "card", "payment_method[tmp_token]": NUMBER, **CARD},
    ),
}
FAULTS: dict[str, tuple[dict[str, str], int]] = {
    "create without a month": ({"card[expiry_month]": ""}, 400),
    "create with a bad year": ({"card[expiry_year]": "soon"}, 400),
    "create with two kinds": ({"bank_account[account_number]": NUMBER}, 400),
    "create with a token of the browser": ({"token_id": NUMBER}, 400),
    "create with an id that is taken": ({"id": "c1"}, 400),
    "create with an unknown account": ({"card[gateway_account_id]": "gw_none"}, 404),
    "create with a bad e-mail": ({"email": "none"}, 400),
}
ERRORS: dict[str, tuple[Exception, int]] = {
    "refused": (Refused("The card was declined.", reason="card_declined"), 400),
    "silent": (Unreachable("No answer.", reason="timeout"), 400),
    "crashed": (ValueError(f"invalid literal for int(): {NUMBER!r} {CVV!r}"), 500),
    "crashed deeper": (RuntimeError({"body": f"card[number]={NUMBER}&card[cvv]={CVV}"}), 500),
}


@pytest.fixture(autouse=True)
def _all_is_logged(caplog: pytest.LogCaptureFixture, settings: Any) -> Iterator[None]:
    """Every logger tells all, each statement with its values too."""
    settings.DEBUG = True
    for logger in ("", "django", "django.db.backends", "billing_customers"):
        caplog.set_level(logging.DEBUG, logger=logger)
    connection.force_debug_cursor = True
    yield
    connection.force_debug_cursor = False


@pytest.fixture
def client(chargebee: ChargebeeClient) -> ChargebeeClient:
    """A client that knows the customer c1."""
    chargebee.post("/customers", {"id": "c1"})
    return chargebee


def traces(caplog: pytest.LogCaptureFixture, response: Any) -> list[str]:
    """Where any of it has been left."""
    formatter = logging.Formatter("%(message)s")
    places = {
        "answer": f"{response.content.decode()} {dict(response.headers)}",
        "log": "\n".join(formatter.format(record) + str(record.__dict__) for record in caplog.records),
        "mail": "\n".join(str(message.message()) for message in mail.outbox),
        **{f"table {table}": str(everything_in(table)) for table in connection.introspection.table_names()},
    }
    return [place for place, text in places.items() if any(written in text for written in WRITTEN)]


def everything_in(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return cursor.fetchall()


@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_left_of_what_is_done(client: ChargebeeClient, caplog: pytest.LogCaptureFixture, call: str) -> None:
    path, params = CALLS[call]

    response = client.post(path, params, **{"chargebee-idempotency-key": "once"})

    assert response.status_code == 200
    assert IdempotencyRecord.objects.filter(response_status=200).count() == 1
    assert traces(caplog, response) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_left_of_what_is_refused(
    client: ChargebeeClient, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    more, status = FAULTS[fault]

    response = client.post("/customers", {**CARD, **more}, **{"chargebee-idempotency-key": "once"})

    assert response.status_code == status
    assert traces(caplog, response) == []


@pytest.mark.parametrize("call", ["create", "create_card", "update_payment_method"])
@pytest.mark.parametrize("error", ERRORS)
def test_nothing_is_left_of_what_the_gateway_fails_at(
    client: ChargebeeClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: str,
    call: str,
) -> None:
    raised, status = ERRORS[error]

    def store(self: TestGateway, given: Any, holder: Any) -> Any:
        raise raised

    monkeypatch.setattr(TestGateway, "store", store)
    path, params = CALLS[call]

    response = client.post(path, params, **{"chargebee-idempotency-key": "once"})

    assert response.status_code == status
    assert traces(caplog, response) == []
    assert (Customer.objects.count(), PaymentSource.objects.count()) == (1, 0)


@pytest.mark.parametrize("path", ["/api/v2/customers", "/api/v2/payment_sources/create_card"])
@pytest.mark.parametrize("body", [{"card": PARTS}, {"card": NUMBER}, {"card": [PARTS]}, {NUMBER: CVV}])
def test_nothing_is_left_of_json(
    client: ChargebeeClient, caplog: pytest.LogCaptureFixture, path: str, body: dict[str, Any]
) -> None:
    response = client.http.post(path, json.dumps({"customer_id": "c1", **body}), content_type="application/json")

    assert traces(caplog, response) == []


def test_nothing_is_left_of_a_body_that_cannot_be_read(
    client: ChargebeeClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.post("/customers", f"card[number]={NUMBER}&card[cvv]={CVV}&x=%zz")

    assert response.status_code == 400
    assert traces(caplog, response) == []


def test_leak_into_a_row_would_be_noticed(
    client: ChargebeeClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TestGateway.store

    def careless(self: TestGateway, given: Any, holder: Any) -> Any:
        return replace(store(self, given, holder), first_name=given.number.reveal())

    monkeypatch.setattr(TestGateway, "store", careless)

    response = client.post("/customers", CARD, **{"chargebee-idempotency-key": "once"})

    assert traces(caplog, response) == [
        "answer",
        "log",
        "table billing_customers_event",
        "table billing_customers_idempotencyrecord",
        "table billing_customers_paymentsource",
    ]


def test_leak_into_the_log_would_be_noticed(
    client: ChargebeeClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TestGateway.store

    def careless(self: TestGateway, given: Any, holder: Any) -> Any:
        logging.getLogger("somewhere").debug("storing", extra={"code": given.cvv.reveal()})
        return store(self, given, holder)

    monkeypatch.setattr(TestGateway, "store", careless)

    assert traces(caplog, client.post("/customers", CARD)) == ["log"]
