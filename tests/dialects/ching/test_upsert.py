"""CHING "POST /v1/customers/upsert"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import create_customer
from billing_customers.operations.sites import update_site
from tests.clients import ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import GENERATED_ID, ching_answer, ching_customer, ching_issue, ching_refusal

pytestmark = pytest.mark.usefixtures("clock")

WHOLE = {
    "name": "Tal Levi",
    "email": "tal@example.com",
    "phone": "+972501234567",
    "locale": "en",
    "taxId": "IL 514-123456",
    "metadata": {"a": 1},
}


@pytest.mark.parametrize("identify_by", ["email", "taxId", "phone"])
def test_without_a_match_a_customer_is_made(ching: ChingClient, identify_by: str) -> None:
    response = ching.post("/customers/upsert", {**WHOLE, "identifyBy": identify_by})

    made = response.json()["data"]["id"]
    assert response.status_code == 200
    assert GENERATED_ID.match(made)
    assert response.content == ching_answer(ching_customer(made, **WHOLE), action="created")


@pytest.mark.parametrize(
    ("identify_by", "value"),
    [
        ("email", "tal@example.com"),
        ("email", " Tal@EXAMPLE.com "),
        ("taxId", "IL 514-123456"),
        ("taxId", "il514123456"),
        ("phone", "+972501234567"),
        ("phone", "050-123-4567"),
    ],
)
def test_a_match_on_the_normalised_value_is_patched(ching: ChingClient, identify_by: str, value: str) -> None:
    made = ching.post("/customers", WHOLE).json()["data"]["id"]
    known = {**WHOLE, identify_by: "+972501234567" if identify_by == "phone" else value, "metadata": {"b": 2}}

    response = ching.post("/customers/upsert", {"identifyBy": identify_by, identify_by: value, "metadata": {"b": 2}})

    assert response.status_code == 200
    assert response.content == ching_answer(ching_customer(made, **known), action="updated")
    assert Customer.objects.count() == 1


def test_the_locale_is_hebrew_when_a_customer_is_made(ching: ChingClient) -> None:
    response = ching.post("/customers/upsert", {"identifyBy": "email", "email": "t@x.co", "name": "Tal"})

    assert response.json()["data"]["locale"] == "he"


def test_the_locale_stays_when_a_customer_is_updated(ching: ChingClient, site: BillingSite) -> None:
    create_customer(site=site, public_id="c1", attributes={"email": "t@x.co"}, at=START)

    response = ching.post("/customers/upsert", {"identifyBy": "email", "email": "t@x.co", "name": "Tal"})

    assert response.content == ching_answer(
        ching_customer("c1", name="Tal", email="t@x.co", locale=None), action="updated"
    )


def test_the_newest_of_several_matches_is_updated(ching: ChingClient, clock: Clock) -> None:
    old = ching.post("/customers", {"name": "old", "email": "t@x.co"}).json()["data"]["id"]
    clock.forward(seconds=1)
    new = ching.post("/customers", {"name": "new", "email": "t@x.co"}).json()["data"]["id"]

    response = ching.post("/customers/upsert", {"identifyBy": "email", "email": "t@x.co", "name": "changed"})

    assert response.json()["data"]["id"] == new
    assert ching.get(f"/customers/{old}").json()["data"]["name"] == "old"


def test_a_deleted_customer_is_skipped(ching: ChingClient) -> None:
    old = ching.post("/customers", {"name": "old", "email": "t@x.co"}).json()["data"]["id"]
    ching.delete(f"/customers/{old}")

    response = ching.post("/customers/upsert", {"identifyBy": "email", "email": "t@x.co", "name": "new"})

    assert response.json()["action"] == "created"
    assert response.json()["data"]["id"] != old


def test_a_customer_of_another_site_is_no_match(ching: ChingClient, other_site: BillingSite) -> None:
    create_customer(site=other_site, public_id="theirs", attributes={"name": "T", "email": "t@x.co"}, at=START)

    response = ching.post("/customers/upsert", {"identifyBy": "email", "email": "t@x.co", "name": "ours"})

    assert response.json()["action"] == "created"
    assert Customer.objects.get(public_id="theirs").name == "T"


def test_the_name_is_required_when_a_customer_would_be_made(ching: ChingClient) -> None:
    response = ching.post("/customers/upsert", {"identifyBy": "email", "email": "t@x.co"})

    assert response.status_code == 400
    assert response.json() == ching_issue("name", message="Is required when a customer is created.")
    assert Customer.objects.count() == 0


def test_the_name_is_not_needed_for_an_update(ching: ChingClient) -> None:
    ching.post("/customers", {"name": "Tal", "email": "t@x.co"})

    response = ching.post("/customers/upsert", {"identifyBy": "email", "email": "t@x.co"})

    assert response.json()["action"] == "updated"
    assert response.json()["data"]["name"] == "Tal"


@pytest.mark.parametrize("identify_by", [None, "", "id", "name", "tax_id", "Email", 7, ["email"], {"email": 1}])
def test_identify_by_is_one_of_three(ching: ChingClient, identify_by: Any) -> None:
    response = ching.post("/customers/upsert", {**WHOLE, "identifyBy": identify_by})

    assert response.status_code == 400
    assert response.json() == ching_issue("identifyBy", message='Must be "email", "taxId" or "phone".')
    assert Customer.objects.count() == 0


def test_identify_by_is_required(ching: ChingClient) -> None:
    assert ching.post("/customers/upsert", WHOLE).json() == ching_issue(
        "identifyBy", message='Must be "email", "taxId" or "phone".'
    )


@pytest.mark.parametrize("identify_by", ["email", "taxId", "phone"])
@pytest.mark.parametrize("extra", [{}, {"email": "", "taxId": " ", "phone": None}])
def test_the_field_it_names_must_be_in_the_body(ching: ChingClient, identify_by: str, extra: dict[str, Any]) -> None:
    response = ching.post("/customers/upsert", {"name": "Tal", "identifyBy": identify_by, **extra})

    assert response.status_code == 400
    assert response.json() == ching_issue(identify_by, message="Must be in the body: the customer is identified by it.")
    assert Customer.objects.count() == 0


def test_a_tax_id_of_punctuation_alone_identifies_nobody(ching: ChingClient) -> None:
    response = ching.post("/customers/upsert", {"name": "Tal", "identifyBy": "taxId", "taxId": "--"})

    assert response.status_code == 400
    assert response.json()["error"]["issues"][0]["path"] == ["taxId"]
    assert Customer.objects.count() == 0


def test_a_phone_that_cannot_be_dialled_is_refused(ching: ChingClient) -> None:
    response = ching.post("/customers/upsert", {"name": "Tal", "identifyBy": "phone", "phone": "nope"})

    assert response.status_code == 400
    assert response.json() == ching_issue(
        "phone", message="Must be a phone number, in E.164 (+972501234567) or as dialled locally."
    )
    assert Customer.objects.count() == 0


def test_an_update_may_not_take_the_email_of_another_where_the_site_forbids_it(
    ching: ChingClient, site: BillingSite
) -> None:
    update_site(site=site, forbids_duplicate_emails=True)
    ching.post("/customers", {"name": "first", "email": "t@x.co"})
    made = ching.post("/customers", {"name": "second", "taxId": "1"}).json()["data"]["id"]

    response = ching.post("/customers/upsert", {"identifyBy": "taxId", "taxId": "1", "email": "T@x.co"})

    assert response.status_code == 409
    assert response.json() == ching_refusal(409, "EMAIL_EXISTS", "A customer with this e-mail address exists already.")
    assert ching.get(f"/customers/{made}").json()["data"]["email"] is None


def test_get_of_upsert_is_no_customer(ching: ChingClient) -> None:
    response = ching.get("/customers/upsert")

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
