"""Chargebee: the ``chargebee-idempotency-key`` header."""

from __future__ import annotations

import pytest

from billing_customers.models import Customer, IdempotencyRecord
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.expected import chargebee_refusal, wrong_value

pytestmark = pytest.mark.usefixtures("clock")

KEY = {"chargebee-idempotency-key": "order-1"}
REPLAYED = "chargebee-idempotency-replayed"


def test_a_repetition_gets_the_stored_answer_byte_for_byte(chargebee: ChargebeeClient) -> None:
    first = chargebee.post("/customers", [("first_name", "John"), ("cf_a", "1")], **KEY)

    second = chargebee.post("/customers", [("cf_a", "1"), ("first_name", "John")], **KEY)

    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers[REPLAYED] == "true"
    assert Customer.objects.count() == 1


def test_the_replay_header_is_absent_unless_replayed(chargebee: ChargebeeClient) -> None:
    responses = [
        chargebee.post("/customers", {"id": "c1"}, **KEY),
        chargebee.post("/customers", {"id": "c2"}),
        chargebee.get("/customers/c1"),
        chargebee.post("/customers", {"id": "c1"}),
    ]

    assert [response.status_code for response in responses] == [200, 200, 200, 400]
    assert [REPLAYED in response.headers for response in responses] == [False] * 4


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/customers", {"id": "c2"}),
        ("/customers/c1", {"id": "c1"}),
        ("/customers/c1/update_billing_info", {"id": "c1"}),
        ("/customers/c1/change_billing_date", {"id": "c1"}),
        ("/customers/c1/add_contact", {"id": "c1"}),
    ],
)
def test_a_key_that_was_used_for_another_request_is_refused(
    chargebee: ChargebeeClient, path: str, params: dict[str, str]
) -> None:
    chargebee.post("/customers", {"id": "c1"}, **KEY)

    response = chargebee.post(path, params, **KEY)

    assert response.status_code == 422
    assert response.json() == chargebee_refusal(
        422, "unable_to_process_request", "This idempotency key was used with another request."
    )
    assert Customer.objects.count() == 1


def test_a_key_whose_first_request_runs_is_locked(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"}, **KEY)
    IdempotencyRecord.objects.update(response_status=None)

    response = chargebee.post("/customers", {"id": "c1"}, **KEY)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "1"
    assert response.json() == chargebee_refusal(
        429, "lock_timeout", "Another request with this idempotency key is being processed.", type="operation_failed"
    )


def test_a_refused_request_leaves_the_key_free(chargebee: ChargebeeClient) -> None:
    assert chargebee.post("/customers", {"email": "x"}, **KEY).status_code == 400

    assert chargebee.post("/customers", {"email": "x@x.co"}, **KEY).status_code == 200


@pytest.mark.parametrize("text", ["", "a b", "k" * 101, "caf\xe9"])
def test_a_key_that_is_not_visible_ascii_of_at_most_100_characters_is_refused(
    chargebee: ChargebeeClient, text: str
) -> None:
    response = chargebee.post("/customers", {}, **{"chargebee-idempotency-key": text})

    assert response.status_code == 400
    assert response.json() == wrong_value("chargebee-idempotency-key", "Must be 1 to 100 visible ASCII characters.")
    assert Customer.objects.count() == 0


def test_a_key_of_100_characters_is_taken(chargebee: ChargebeeClient) -> None:
    assert chargebee.post("/customers", {}, **{"chargebee-idempotency-key": "k" * 100}).status_code == 200


def test_the_two_dialects_have_keys_of_their_own(chargebee: ChargebeeClient, ching: ChingClient) -> None:
    chargebee.post("/customers", {}, **KEY)

    response = ching.post("/customers", {"name": "Tal"}, **{"Idempotency-Key": "order-1"})

    assert response.status_code == 200
    assert Customer.objects.count() == 2


@pytest.mark.parametrize("operation", ["add_contact", "update_billing_info", "change_billing_date"])
def test_every_write_is_replayed(chargebee: ChargebeeClient, operation: str) -> None:
    chargebee.post("/customers", {"id": "c1"})
    params = {"contact[email]": "j@x.co", "vat_number": "1", "billing_date": "3"}
    first = chargebee.post(f"/customers/c1/{operation}", params, **KEY)

    second = chargebee.post(f"/customers/c1/{operation}", params, **KEY)

    assert (second.content, second.headers[REPLAYED]) == (first.content, "true")
