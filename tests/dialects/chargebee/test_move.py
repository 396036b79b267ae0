"""Chargebee "Move a customer" and "Retrieve the latest migration" (chargebee-wire 3.12)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, PaymentSource, ResourceMigration
from billing_customers.operations.documents import create_invoice
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.work.jobs import run_due
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import (
    NO_SUCH_RESOURCE,
    SECONDS,
    VERSION,
    chargebee_customer,
    chargebee_refusal,
    wrong_value,
)
from tests.operations import acts, moving
from tests.operations.watching import rows

pytestmark = pytest.mark.usefixtures("clock")

ASKED = {"from_site": moving.SOURCE, "id_at_from_site": "zed"}
LATEST = {"from_site": moving.SOURCE, "entity_type": "customer", "entity_id": "zed"}
PATH, LATEST_PATH = "/customers/move", "/resource_migrations/retrieve_latest"
NOT_ENABLED = chargebee_refusal(
    400,
    "configuration_incompatible",
    "Customers of that site cannot be moved to this one: it has not been enabled.",
    "from_site",
)


@pytest.fixture
def source(site: BillingSite) -> BillingSite:
    return moving.a_source(site)


def migration(**said: Any) -> dict[str, Any]:
    """The object of the contract's sample, of the move that is asked for here."""
    shown = {
        "created_at": SECONDS,
        "entity_id": "zed",
        "entity_type": "customer",
        "from_site": "globex-test",
        "object": "resource_migration",
        "status": "scheduled",
        "updated_at": SECONDS,
    }
    return {"resource_migration": {**shown, **said}}


@contextmanager
def nothing_stored() -> Iterator[None]:
    """Every row stays as it was, but for the time that the key was last used."""

    def found() -> dict[str, Any]:
        return {name: each for name, each in rows().items() if name != "ApiKey"}

    before = found()
    yield
    assert found() == before


def run_jobs(clock: Clock) -> None:
    while run_due(clock=clock, uniform=lambda low, high: low):
        pass


def test_answer_is_that_of_the_sample_to_the_byte(chargebee: ChargebeeClient, source: BillingSite) -> None:
    response = chargebee.post(PATH, ASKED)

    assert response.status_code == 200
    assert response.content == json.dumps(migration(), separators=(",", ":")).encode()


def test_latest_is_the_answer_again_until_the_job_is_done(chargebee: ChargebeeClient, source: BillingSite) -> None:
    answer = chargebee.post(PATH, ASKED)

    response = chargebee.get(LATEST_PATH, LATEST)

    assert (response.status_code, response.content) == (200, answer.content)


def test_latest_tells_of_success(chargebee: ChargebeeClient, source: BillingSite, clock: Clock) -> None:
    chargebee.post(PATH, ASKED)
    clock.forward(seconds=7)
    run_jobs(clock)

    assert chargebee.get(LATEST_PATH, LATEST).json() == migration(status="succeeded", updated_at=SECONDS + 7)


def test_latest_tells_why_it_failed(
    chargebee: ChargebeeClient, site: BillingSite, source: BillingSite, clock: Clock
) -> None:
    chargebee.post(PATH, ASKED)
    acts.create(site, "zed")
    run_jobs(clock)

    assert chargebee.get(LATEST_PATH, LATEST).json() == migration(
        status="failed", errors="The value zed is already present."
    )


def test_latest_tells_why_it_failed_once_the_customer_was_cleared_too(
    chargebee: ChargebeeClient, site: BillingSite, source: BillingSite, clock: Clock
) -> None:
    chargebee.post(PATH, ASKED)
    schedule_erasure(site=source, public_id="zed", at=START)
    run_jobs(clock)

    assert chargebee.get(LATEST_PATH, LATEST).json() == migration(
        status="failed", errors="Why it failed was cleared with the personal data of a customer."
    )


def test_latest_tells_what_was_left_out(
    chargebee: ChargebeeClient, site: BillingSite, source: BillingSite, clock: Clock
) -> None:
    PaymentSource.objects.filter(reference_id="tok_success_2").update(deleted_at=START)
    Customer.objects.update(backup_payment_source_id=None)
    site.gateway_accounts.update(disabled_at=START)
    chargebee.post(PATH, ASKED)
    run_jobs(clock)

    (kept,) = PaymentSource.objects.filter(deleted_at=None)
    assert chargebee.get(LATEST_PATH, LATEST).json() == migration(
        status="succeeded",
        errors=f"The payment source {kept.public_id} was left out: no gateway account of this site has its vault.",
    )


def test_customer_is_here_afterwards(
    chargebee: ChargebeeClient, site: BillingSite, source: BillingSite, clock: Clock
) -> None:
    chargebee.post(PATH, ASKED)
    run_jobs(clock)

    primary, backup = PaymentSource.objects.for_site(site).order_by("pk")
    answer = chargebee.get("/customers/zed").json()
    contact = {"object": "contact", "enabled": False, "send_account_email": False, "send_billing_email": False}
    assert answer["customer"] == chargebee_customer(
        "zed",
        email="zed@example.com",
        phone="054-987-6543",
        vat_number="IL516179157",
        vat_number_status=answer["customer"]["vat_number_status"],
        meta_data={"tier": "gold"},
        cf_segment="smb",
        billing_address={
            "object": "billing_address",
            "city": "Haifa",
            "country": "IL",
            "validation_status": "not_validated",
        },
        billing_date=3,
        net_term_days=30,
        preferred_currency_code="EUR",
        contacts=[
            {**contact, "id": "jane", "email": "jane@example.com", "label": "CFO", "enabled": True},
            {**contact, "id": "joe", "email": "joe@example.com"},
        ],
        card_status="valid",
        primary_payment_source_id=primary.public_id,
        backup_payment_source_id=backup.public_id,
        payment_method=answer["customer"]["payment_method"],
    )
    assert answer["customer"]["payment_method"]["reference_id"] == "tok_success_1"
    assert answer["card"]["payment_source_id"] == primary.public_id
    assert answer["customer"]["resource_version"] == VERSION


def test_moved_customer_pays_here(
    chargebee: ChargebeeClient, site: BillingSite, source: BillingSite, clock: Clock
) -> None:
    chargebee.post(PATH, ASKED)
    run_jobs(clock)

    create_invoice(site=site, customer_public_id="zed", public_id="inv", total=700, currency="EUR", at=START)

    paid = chargebee.post("/customers/zed/collect_payment", {"invoice_allocations[invoice_id][0]": "inv"})

    assert paid.json()["transaction"]["status"] == "success"


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("is_empty", [False, True])
def test_both_parameters_are_required(
    chargebee: ChargebeeClient, source: BillingSite, name: str, is_empty: bool
) -> None:
    given = {each: value for each, value in ASKED.items() if each != name} | ({name: ""} if is_empty else {})

    with nothing_stored():
        response = chargebee.post(PATH, given)

    assert (response.status_code, response.json()) == (400, wrong_value(name, "Is required."))


@pytest.mark.parametrize(("name", "limit"), [("from_site", 50), ("id_at_from_site", 100)])
def test_parameters_have_the_limits_of_the_contract(
    chargebee: ChargebeeClient, source: BillingSite, name: str, limit: int
) -> None:
    with nothing_stored():
        long = chargebee.post(PATH, {**ASKED, name: "x" * (limit + 1)})
        longest = chargebee.post(PATH, {**ASKED, name: "x" * limit})

    assert long.json() == wrong_value(name, f"Must have at most {limit} characters.")
    assert longest.json() == (NOT_ENABLED if name == "from_site" else missing())


def missing() -> dict[str, Any]:
    return chargebee_refusal(404, "resource_not_found", "Sorry, we couldn't find that resource", "id_at_from_site")


@pytest.mark.parametrize("name", ASKED)
def test_repeated_parameter_is_refused(chargebee: ChargebeeClient, source: BillingSite, name: str) -> None:
    with nothing_stored():
        response = chargebee.post(PATH, [*ASKED.items(), (name, "x")])

    assert (response.status_code, response.json()) == (400, wrong_value(name, "Must be a single string."))


def test_move_that_was_not_enabled_is_refused(chargebee: ChargebeeClient, other_site: BillingSite) -> None:
    acts.create(other_site, "zed")

    with nothing_stored():
        response = chargebee.post(PATH, ASKED)

    assert (response.status_code, response.json()) == (400, NOT_ENABLED)


def test_unknown_customer_is_missing(chargebee: ChargebeeClient, source: BillingSite) -> None:
    with nothing_stored():
        response = chargebee.post(PATH, {**ASKED, "id_at_from_site": "nobody"})

    assert (response.status_code, response.json()) == (404, missing())


def test_id_that_is_taken_is_told_at_once(chargebee: ChargebeeClient, site: BillingSite, source: BillingSite) -> None:
    acts.create(site, "zed")

    with nothing_stored():
        response = chargebee.post(PATH, ASKED)

    assert (response.status_code, response.json()) == (
        400,
        chargebee_refusal(
            400,
            "duplicate_entry",
            "The value zed is already present.",
            "id_at_from_site",
            error_code="param_not_unique",
        ),
    )


def test_customer_whose_data_is_to_go_is_a_conflict(chargebee: ChargebeeClient, source: BillingSite) -> None:
    Customer.objects.update(pii_cleared="scheduled_for_clear")

    with nothing_stored():
        response = chargebee.post(PATH, ASKED)

    assert (response.status_code, response.json()["api_error_code"]) == (409, "invalid_state_for_request")


def test_json_body_is_taken(key: str, source: BillingSite, chargebee: ChargebeeClient) -> None:
    response = chargebee.http.post("/api/v2/customers/move", json.dumps(ASKED), content_type="application/json")

    assert response.json() == migration()


def test_same_idempotency_key_answers_the_same(chargebee: ChargebeeClient, source: BillingSite, clock: Clock) -> None:
    header = {"chargebee-idempotency-key": "move-1"}
    first = chargebee.post(PATH, ASKED, **header)
    run_jobs(clock)

    again = chargebee.post(PATH, ASKED, **header)

    assert (again.content, again["chargebee-idempotency-replayed"]) == (first.content, "true")
    assert ResourceMigration.objects.count() == 1


def test_path_is_no_customer(chargebee: ChargebeeClient) -> None:
    response = chargebee.get(PATH)

    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize("name", LATEST)
def test_latest_needs_each_parameter(chargebee: ChargebeeClient, name: str) -> None:
    response = chargebee.get(LATEST_PATH, {each: value for each, value in LATEST.items() if each != name})

    assert (response.status_code, response.json()) == (400, wrong_value(name, "Is required."))


def test_latest_of_something_else_is_refused(chargebee: ChargebeeClient) -> None:
    response = chargebee.get(LATEST_PATH, {**LATEST, "entity_type": "subscription"})

    assert (response.status_code, response.json()) == (400, wrong_value("entity_type", "Must be customer."))


@pytest.mark.parametrize("differs", [{"from_site": "nowhere"}, {"entity_id": "nobody"}])
def test_latest_of_what_was_not_asked_for_is_missing(
    chargebee: ChargebeeClient, source: BillingSite, differs: dict[str, str]
) -> None:
    chargebee.post(PATH, ASKED)

    response = chargebee.get(LATEST_PATH, {**LATEST, **differs})

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


def test_silence_is_for_the_own_receivers(chargebee: ChargebeeClient, source: BillingSite, clock: Clock) -> None:
    chargebee.post(PATH, ASKED, **{"chargebee-event-webhook": "all-disabled"})
    run_jobs(clock)

    silenced = {row["type"]: row["is_silenced"] for row in rows()["Event"][-4:]}
    assert {name: bool(value) for name, value in silenced.items()} == {
        "customer_moved_in": True,
        "payment_source_added": True,
        "customer_moved_out": False,
    }
