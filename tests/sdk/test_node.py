"""chargebee for Node: customers, endpoints and events, by the scenarios of ``node/``."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from billing_customers.events.delivery import Courier
from billing_customers.events.lanes import due_endpoints
from billing_customers.events.transport import Transport
from billing_customers.models import BillingSite, Contact, Customer, Event
from billing_customers.operations.customers import create_customer
from billing_customers.operations.deletion import delete_customer
from tests.fixtures import NOW

Scenario = Callable[[str], Any]


def test_library_is_the_one_that_these_tests_know(node_modules: Path) -> None:
    assert json.loads((node_modules / "chargebee" / "package.json").read_text())["version"] == "3.33.0"


def test_create_with_every_kind_of_parameter(scenario: Scenario) -> None:
    customer = scenario("create")

    assert {key: customer[key] for key in ("id", "first_name", "net_term_days", "cf_Tier")} == {
        "id": "acme-1",
        "first_name": "Zoë",
        "net_term_days": 30,
        "cf_Tier": "gold & silver",
    }
    assert (customer["allow_direct_debit"], customer["consolidated_invoicing"]) == (True, False)
    assert customer["meta_data"] == {"PlanName": "gold", "n": 1, "nested": {"b": [1, True, None]}}
    assert customer["exemption_details"] == [{"cat": 7}]
    assert customer["billing_address"]["state"] == "California"
    assert "favourite" not in customer


def test_create_without_parameters(scenario: Scenario) -> None:
    assert scenario("createWithoutParameters") == {
        "httpStatusCode": 200,
        "isIdempotencyReplayed": False,
        "keys": ["customer", "headers"],
    }


def test_create_passes_the_library_s_own_validation(scenario: Scenario) -> None:
    assert scenario("createValidated")["meta_data"] == {"a": 1}


def test_retrieve(scenario: Scenario) -> None:
    customer = scenario("retrieve")

    assert (customer["id"], customer["first_name"]) == ("a b", "A")


def test_null_is_not_sent_except_for_json_and_an_empty_text_clears(scenario: Scenario) -> None:
    customer = scenario("updateWithNull")

    assert (customer["first_name"], customer["email"]) == ("A", "a@example.com")
    assert not {"last_name", "meta_data"} & set(customer)


def test_update_without_parameters_changes_nothing(scenario: Scenario) -> None:
    before, after = scenario("updateWithoutParameters")

    assert after == before


def test_billing_info_is_replaced_whole(scenario: Scenario) -> None:
    customer = scenario("updateBillingInfo")

    assert customer["first_name"] == "A"
    assert customer["billing_address"] == {
        "line1": "2",
        "validation_status": "not_validated",
        "object": "billing_address",
    }
    assert "vat_number" not in customer


def test_change_billing_date(scenario: Scenario) -> None:
    customer = scenario("changeBillingDate")

    assert (customer["billing_date"], customer["billing_date_mode"]) == (31, "manually_set")


def test_filters(scenario: Scenario) -> None:
    ann, bob, cy = "ann", 'b,o"b', "cy"

    assert scenario("filters") == {
        "id is": [ann],
        "id is_not": [bob, cy],
        "id starts_with": [bob],
        "id in": [ann, bob],
        "id not_in": [cy],
        "first_name is_present": [ann, bob],
        "first_name is absent": [cy],
        "last_name is": [bob],
        "email is": [cy],
        "phone starts_with": [ann],
        "company is_present": [],
        "auto_collection in": [bob],
        "taxability is": [ann],
        "offline_payment_method not_in": [ann, bob],
        "auto_close_invoices is": [ann],
        "created_at between": [ann, bob, cy],
        "created_at after": [],
        "updated_at before": [ann, bob, cy],
        "updated_at on": [ann, bob, cy],
        "relationship parent_id is": [],
        # The library writes the second operator as created_at[after][before], which is ignored.
        "two operators": [ann, bob, cy],
        "two attributes": [],
        "sorted": [cy, bob, ann],
    }


def test_pages_are_followed_to_the_end(scenario: Scenario) -> None:
    assert scenario("pages") == [["a", "b"], ["c", "d"], ["e"]]


def test_deleted_customers_are_listed_on_demand(site: BillingSite, scenario: Scenario) -> None:
    create_customer(site=site, public_id="a", attributes={}, at=NOW)
    create_customer(site=site, public_id="b", attributes={}, at=NOW + timedelta(seconds=1))
    delete_customer(site=site, public_id="a", at=NOW + timedelta(seconds=2))

    assert scenario("deleted") == [["a", True], ["b", False]]


def test_contacts_are_added_changed_listed_and_deleted(scenario: Scenario) -> None:
    jane = {
        "id": "jane",
        "object": "contact",
        "email": "jane@example.com",
        "first_name": "Jane",
        "enabled": False,
        "send_account_email": False,
        "send_billing_email": True,
    }

    result = scenario("contacts")

    assert result["added"] == [jane]
    assert result["changed"] == [{**jane, "label": "dev"}]
    assert result["listed"] == [{"contact": {**jane, "label": "dev"}}]
    assert "contacts" not in result["deleted"]


def test_eleventh_contact_is_refused(scenario: Scenario) -> None:
    error = scenario("eleventhContact")

    assert (error["http_status_code"], error["api_error_code"]) == (400, "resource_limit_exceeded")
    assert Contact.objects.count() == 10


def test_duplicate_id(scenario: Scenario) -> None:
    assert scenario("duplicate") == {
        "message": "id: The value c is already present.",
        "type": "invalid_request",
        "api_error_code": "duplicate_entry",
        "param": "id",
        "error_code": "param_not_unique",
        "error_msg": "The value c is already present.",
        "error_param": "id",
        "http_status_code": 400,
        "isError": False,
        "contentType": "application/json",
    }
    assert Customer.objects.count() == 1


def test_missing_customer(scenario: Scenario) -> None:
    error = scenario("missing")

    assert (error["http_status_code"], error["api_error_code"]) == (404, "resource_not_found")
    assert error["message"] == "Sorry, we couldn't find that resource"


def test_wrong_key(scenario: Scenario) -> None:
    error = scenario("wrongKey")

    assert (error["http_status_code"], error["api_error_code"]) == (401, "api_authentication_failed")
    assert "type" not in error


def test_wrong_value(scenario: Scenario) -> None:
    error = scenario("wrongValue")

    assert (error["api_error_code"], error["param"]) == ("param_wrong_value", "billing_address[country]")
    assert not Customer.objects.exists()


def test_idempotency(scenario: Scenario) -> None:
    result = scenario("idempotency")

    assert (result["same"], result["replayed"]) == (True, [False, "true"])
    assert (result["third"]["http_status_code"], result["third"]["api_error_code"]) == (
        422,
        "unable_to_process_request",
    )
    assert Customer.objects.count() == 1


def test_library_that_retries_makes_one_customer(scenario: Scenario) -> None:
    assert scenario("retrying") is False
    assert Customer.objects.count() == 1


def test_endpoints_are_created_updated_retrieved_listed_and_deleted(scenario: Scenario) -> None:
    result = scenario("endpoints")

    created, updated = result["created"], result["updated"]
    assert created.pop("signing_secret").startswith("whsec_")
    assert created["enabled_events"] == ["customer_created", "customer_changed"]
    changes = {"disabled": True, "disabled_reason": "manual", "enabled_events": ["customer_deleted"]}
    assert updated == {**created, **changes}
    assert result["retrieved"] == updated
    assert result["listed"] == [{"webhook_endpoint": updated}]
    assert (result["deleted"]["id"], result["left"]) == (created["id"], [])


def test_events_are_listed_filtered_and_retrieved(scenario: Scenario) -> None:
    result = scenario("events")

    assert [item["event"]["event_type"] for item in result["all"]] == ["customer_created", "customer_changed"]
    assert result["changed"] == [{"event": result["retrieved"]}]
    assert result["retrieved"]["content"]["customer"]["company"] == "Acme"


@pytest.fixture
def worker(settings: Any) -> Iterator[None]:
    """Delivers meanwhile, to receivers of this machine too."""
    settings.BILLING_CUSTOMERS = {"WEBHOOK_ALLOW_PRIVATE_NETWORKS": True}
    stopped = threading.Event()

    def deliver() -> None:
        try:
            with Transport() as transport:
                while not stopped.wait(0.05):
                    for endpoint in due_endpoints(at=timezone.now()):
                        Courier(transport).carry(endpoint)
        finally:
            connections.close_all()

    thread = threading.Thread(target=deliver, daemon=True)
    thread.start()
    yield
    stopped.set()
    thread.join(30)


@pytest.mark.usefixtures("worker")
def test_webhook_is_taken_by_the_library_s_own_handler(scenario: Scenario) -> None:
    result = scenario("delivered")

    event = Event.objects.get()
    assert result["event"] == json.loads(event.chargebee_payload or "")
    assert result["event"]["content"]["customer"]["first_name"] == "Zoë"
    assert (result["headers"]["webhook-id"], result["headers"]["webhook-sequence"]) == (event.public_id, "1")


@pytest.mark.usefixtures("worker")
def test_webhook_with_another_password_is_refused_by_the_library_s_own_handler(scenario: Scenario) -> None:
    assert scenario("deliveredToTheWrongPassword")["error"] == "WebhookAuthenticationError"


def test_configurations_tell_the_site(scenario: Scenario) -> None:
    assert [each["domain"] for each in scenario("configurations")] == ["acme-test"]
