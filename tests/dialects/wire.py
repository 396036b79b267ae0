"""Both dialects behind one interface, for what must hold in each of them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Wire:
    """A dialect as a caller sees it: where it is, how a key is shown to it, and what a valid new customer is."""

    name: str
    prefix: str
    content_type: str
    new_customer: str
    views: str
    idempotency_header: str

    def authorization(self, key: str) -> str:
        if self.name == "ching":
            return f"Bearer {key}"
        return "Basic " + base64.b64encode(f"{key}:".encode()).decode()

    def client(self, key: str | None) -> Client:
        headers = {"authorization": self.authorization(key)} if key is not None else {}
        return Client(headers=headers, raise_request_exception=False)

    def create(self, http: Client, body: str | bytes | None = None, **headers: str) -> Any:
        raw = self.new_customer if body is None else body
        return http.post(f"{self.prefix}/customers", raw, content_type=self.content_type, headers=headers)

    def is_refusal(self, response: Any) -> bool:
        """Whether this is an error with everything that the dialect's clients need."""
        body = response.json()
        if self.name == "ching":
            error = body.get("error", {})
            return body.get("success") is False and {"status", "code", "message"} <= error.keys()
        return {"message", "api_error_code", "http_status_code", "error_code", "error_msg"} <= body.keys()


CHING = Wire(
    name="ching",
    prefix="/ching/v1",
    content_type=JSON,
    new_customer='{"name":"Tal"}',
    views="billing_customers.dialects.ching.viewsets.customers",
    idempotency_header="Idempotency-Key",
)
CHARGEBEE = Wire(
    name="chargebee",
    prefix="/api/v2",
    content_type=FORM,
    new_customer="first_name=Tal",
    views="billing_customers.dialects.chargebee.viewsets.customers",
    idempotency_header="chargebee-idempotency-key",
)


@pytest.fixture(params=[CHING, CHARGEBEE], ids=lambda wire: wire.name)
def wire(request: pytest.FixtureRequest) -> Wire:
    given: Wire = request.param
    return given
