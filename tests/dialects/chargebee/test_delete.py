"""Chargebee "Delete a customer" (chargebee-wire 3.11)."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, Job
from billing_customers.operations.documents import create_invoice, create_subscription
from billing_customers.work.jobs import run_due
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import NO_SUCH_RESOURCE, chargebee_refusal
from tests.factories import RelationshipFactory

pytestmark = pytest.mark.usefixtures("clock")

PATH = "/customers/c1/delete"


@pytest.fixture
def c1(chargebee: ChargebeeClient) -> dict[str, Any]:
    """The answer to the creation of c1."""
    answer: dict[str, Any] = chargebee.post("/customers", {"id": "c1", "first_name": "John"}).json()
    return answer


def run_jobs() -> None:
    while run_due(clock=lambda: START, uniform=lambda low, high: low):
        pass


def test_answer_shows_the_customer_as_it_was(chargebee: ChargebeeClient, c1: dict[str, Any]) -> None:
    response = chargebee.post(PATH)

    assert (response.status_code, response.json()) == (200, c1)
    assert response.json()["customer"]["deleted"] is False


def test_customer_can_be_read_until_the_job_is_done(chargebee: ChargebeeClient, c1: dict[str, Any]) -> None:
    chargebee.post(PATH)

    assert chargebee.get("/customers/c1").json() == c1


def test_customer_is_missing_afterwards(chargebee: ChargebeeClient, c1: dict[str, Any]) -> None:
    chargebee.post(PATH)
    run_jobs()

    response = chargebee.get("/customers/c1")

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


def test_list_shows_the_deleted_customer_if_it_is_asked_to(chargebee: ChargebeeClient, c1: dict[str, Any]) -> None:
    chargebee.post(PATH)
    run_jobs()

    assert chargebee.get("/customers").json() == {"list": []}
    (shown,) = chargebee.get("/customers", {"include_deleted": "true"}).json()["list"]
    assert (shown["customer"]["id"], shown["customer"]["deleted"]) == ("c1", True)


def test_documents_are_hidden_with_it(chargebee: ChargebeeClient, c1: dict[str, Any], site: BillingSite) -> None:
    create_subscription(site=site, customer_public_id="c1", status="active", public_id="sub", at=START)
    create_invoice(site=site, customer_public_id="c1", total=1000, public_id="inv", at=START)
    chargebee.post(PATH)
    run_jobs()

    assert chargebee.get("/invoices").json() == chargebee.get("/subscriptions").json() == {"list": []}
    (invoice,) = chargebee.get("/invoices", {"include_deleted": "true"}).json()["list"]
    (subscription,) = chargebee.get("/subscriptions", {"include_deleted": "true"}).json()["list"]
    assert (invoice["invoice"]["deleted"], subscription["subscription"]["deleted"]) == (True, True)
    assert subscription["subscription"]["status"] == "cancelled"


@pytest.mark.parametrize(("said", "kept"), [({}, True), ({"delete_payment_method": "false"}, False)])
def test_payment_method_is_deleted_unless_it_is_not_to_be(
    chargebee: ChargebeeClient, c1: dict[str, Any], said: dict[str, str], kept: bool
) -> None:
    chargebee.post(PATH, said)

    assert Job.objects.get(kind="customers.delete").arguments["from_gateway"] is kept


def test_second_call_has_the_answer_of_the_first(chargebee: ChargebeeClient, c1: dict[str, Any], clock: Clock) -> None:
    first = chargebee.post(PATH)
    clock.forward(seconds=1)

    assert chargebee.post(PATH).json() == first.json()
    assert Job.objects.filter(kind="customers.delete").count() == 1


def test_parent_in_a_hierarchy_cannot_be_deleted(chargebee: ChargebeeClient, c1: dict[str, Any]) -> None:
    chargebee.post("/customers", {"id": "c2"})
    RelationshipFactory(child=Customer.objects.get(public_id="c2"), parent=Customer.objects.get(public_id="c1"))

    response = chargebee.post(PATH)

    refusal = chargebee_refusal(409, "invalid_state_for_request", "The customer has children in an account hierarchy.")
    assert (response.status_code, response.json()) == (409, refusal)
    assert not Job.objects.filter(kind="customers.delete").exists()


def test_word_that_is_no_boolean_is_refused(chargebee: ChargebeeClient, c1: dict[str, Any]) -> None:
    response = chargebee.post(PATH, {"delete_payment_method": "perhaps"})

    assert response.status_code == 400
    assert response.json()["param"] == "delete_payment_method"
    assert not Job.objects.filter(kind="customers.delete").exists()


def test_missing_customer_is_told(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers/none/delete")

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)
