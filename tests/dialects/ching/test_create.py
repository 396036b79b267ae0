"""CHING "POST /v1/customers"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.sites import update_site
from tests.clients import ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import GENERATED_ID, VERSION, ching_answer, ching_customer, ching_issue

pytestmark = pytest.mark.usefixtures("clock")


def test_a_customer_with_every_parameter_is_answered_whole(ching: ChingClient) -> None:
    response = ching.post(
        "/customers",
        {
            "name": "Tal Levi",
            "email": "tal@example.com",
            "phone": "+972501234567",
            "locale": "en",
            "taxId": "514123456",
            "metadata": {"user": 7, "tags": ["a", None, True, 1.5], "nested": {"z": 1, "a": 2}},
        },
    )

    made = response.json()["data"]["id"]
    assert response.status_code == 200
    assert GENERATED_ID.match(made)
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["ETag"] == f'"{VERSION}"'
    assert response.json() == {
        "success": True,
        "data": ching_customer(
            made,
            name="Tal Levi",
            email="tal@example.com",
            phone="+972501234567",
            locale="en",
            taxId="514123456",
            metadata={"user": 7, "tags": ["a", None, True, 1.5], "nested": {"z": 1, "a": 2}},
        ),
    }


def test_a_customer_with_a_name_alone_has_nulls_in_the_contracts_order(ching: ChingClient) -> None:
    response = ching.post("/customers", {"name": "Tal Levi"})

    made = response.json()["data"]["id"]
    assert response.content == ching_answer(ching_customer(made, name="Tal Levi"))


def test_hebrew_is_answered_as_utf_8_and_not_escaped(ching: ChingClient) -> None:
    response = ching.post("/customers", {"name": "\u05d8\u05dc \u05dc\u05d5\u05d9"})

    assert '"name":"\u05d8\u05dc \u05dc\u05d5\u05d9"'.encode() in response.content


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": ""}, {"name": " \t"}, {"email": "tal@example.com"}])
def test_the_name_is_required(ching: ChingClient, body: dict[str, Any]) -> None:
    response = ching.post("/customers", body)

    assert response.status_code == 400
    assert response.json() == ching_issue("name", message="Is required.")
    assert Customer.objects.count() == 0


def test_the_locale_is_hebrew_when_absent(ching: ChingClient) -> None:
    assert ching.post("/customers", {"name": "Tal"}).json()["data"]["locale"] == "he"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("+972501234567", "+972501234567"),
        ("054-987-6543", "+972549876543"),
        ("0549876543", "+972549876543"),
        ("00972-54-987-6543", "+972549876543"),
        ("+1 (541) 754-3010", "+15417543010"),
    ],
)
def test_a_phone_is_answered_in_e164(ching: ChingClient, given: str, stored: str) -> None:
    assert ching.post("/customers", {"name": "Tal", "phone": given}).json()["data"]["phone"] == stored


def test_a_local_phone_belongs_to_the_region_of_the_site(ching: ChingClient, site: BillingSite) -> None:
    update_site(site=site, phone_region="US")

    assert (
        ching.post("/customers", {"name": "Tal", "phone": "(541) 754-3010"}).json()["data"]["phone"] == "+15417543010"
    )


@pytest.mark.parametrize("phone", ["(541) 754-3010", "12", "call me", "+", "054-987-6543 ext. 5"])
def test_a_phone_that_cannot_be_dialled_is_refused(ching: ChingClient, phone: str) -> None:
    response = ching.post("/customers", {"name": "Tal", "phone": phone})

    assert response.status_code == 400
    assert response.json() == ching_issue(
        "phone", message="Must be a phone number, in E.164 (+972501234567) or as dialled locally."
    )
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("field", ["email", "phone", "taxId"])
@pytest.mark.parametrize("nothing", ["", None])
def test_nothing_said_of_a_field_is_null(ching: ChingClient, field: str, nothing: str | None) -> None:
    assert ching.post("/customers", {"name": "Tal", field: nothing}).json()["data"][field] is None


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", 7, "Must be a string."),
        ("name", ["Tal"], "Must be a string."),
        ("name", "x" * 251, "Must have at most 250 characters."),
        ("name", "Tal\nLevi", "Must not contain control characters."),
        ("email", "tal", "Must be an e-mail address, such as name@example.com."),
        ("email", {}, "Must be a string."),
        ("email", "x" * 250 + "@example.com", "Must have at most 254 characters."),
        ("phone", 972501234567, "Must be a string."),
        ("phone", "0" * 51, "Must have at most 50 characters."),
        ("locale", True, "Must be a string."),
        ("locale", "x" * 51, "Must have at most 50 characters."),
        ("taxId", 514123456, "Must be a string."),
        ("taxId", "x" * 51, "Must have at most 50 characters."),
        ("metadata", [], "Must be a JSON object."),
        ("metadata", "{}", "Must be a JSON object."),
        ("metadata", {"k": "x" * 65_530}, "Must have at most 65535 characters as JSON."),
        ("metadata", {"n": 1e20}, "Numbers must fit in 64 bits."),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(ching: ChingClient, field: str, value: Any, message: str) -> None:
    response = ching.post("/customers", {"name": "Tal", field: value})

    assert response.status_code == 400
    assert response.json() == ching_issue(field, message=message)
    assert Customer.objects.count() == 0


def test_every_wrong_field_has_an_issue(ching: ChingClient) -> None:
    response = ching.post("/customers", {"name": 7, "email": "tal", "metadata": 1})

    assert [issue["path"] for issue in response.json()["error"]["issues"]] == [["name"], ["email"], ["metadata"]]


def test_metadata_of_8_levels_is_kept(ching: ChingClient) -> None:
    deep: dict[str, Any] = {}
    for _ in range(7):
        deep = {"k": deep}

    assert ching.post("/customers", {"name": "Tal", "metadata": deep}).json()["data"]["metadata"] == deep


def test_metadata_of_9_levels_is_refused(ching: ChingClient) -> None:
    deep: dict[str, Any] = {}
    for _ in range(8):
        deep = {"k": deep}

    response = ching.post("/customers", {"name": "Tal", "metadata": deep})

    assert response.json() == ching_issue("metadata", message="Must not be nested deeper than 8 levels.")
    assert Customer.objects.count() == 0


def test_unknown_keys_are_ignored(ching: ChingClient) -> None:
    response = ching.post("/customers", {"name": "Tal", "id": "mine", "livemode": True, "tax_id": "1", "__proto__": {}})

    made = response.json()["data"]["id"]
    assert GENERATED_ID.match(made)
    assert response.json()["data"] == ching_customer(made, name="Tal")


def test_a_live_key_makes_a_live_customer(live_site: BillingSite) -> None:
    live = ChingClient(create_api_key(site=live_site, scopes=["write"], at=START)[1])

    assert live.post("/customers", {"name": "Tal"}).json()["data"]["livemode"] is True


def test_two_customers_may_share_an_email(ching: ChingClient) -> None:
    ids = [ching.post("/customers", {"name": "Tal", "email": "t@x.co"}).json()["data"]["id"] for _ in range(2)]

    assert len(set(ids)) == 2


def test_a_site_can_forbid_a_second_customer_with_the_same_email(ching: ChingClient, site: BillingSite) -> None:
    update_site(site=site, forbids_duplicate_emails=True)
    ching.post("/customers", {"name": "Tal", "email": "tal@example.com"})

    response = ching.post("/customers", {"name": "Tal", "email": " TAL@example.com"})

    assert response.status_code == 409
    assert response.json()["error"] == {
        "status": 409,
        "code": "EMAIL_EXISTS",
        "message": "A customer with this e-mail address exists already.",
    }
    assert Customer.objects.count() == 1


def test_the_time_of_creation_has_milliseconds(ching: ChingClient, clock: Clock) -> None:
    clock.forward(milliseconds=7)

    assert ching.post("/customers", {"name": "Tal"}).json()["data"]["created"] == "2018-02-01T17:22:11.007Z"
