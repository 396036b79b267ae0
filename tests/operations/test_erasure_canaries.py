"""After an erasure nothing that the customer has said of itself is left: not in a table, a file or a log."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from billing_customers import personal
from billing_customers.models import BillingSite, Customer, ErasureCertificate, Event, IdempotencyRecord, Job
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.erasure_certificates import verify_erasure
from billing_customers.operations.verification import verify_books
from billing_customers.personal import Kept, Treated
from billing_customers.work.jobs import run_due
from tests.clients import ChargebeeClient, ChingClient
from tests.events.sending import Clock, Receiver, courier_of, drain
from tests.fixtures import NOW
from tests.operations import canaries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(transactional_db: None) -> Client:
    return canaries.superuser()


@pytest.fixture
def acme(site: BillingSite, chargebee: ChargebeeClient, ching: ChingClient, root: Client) -> Customer:
    return canaries.a_talkative_customer(site, chargebee, ching, root)


@pytest.fixture
def eraser(site: BillingSite) -> ChargebeeClient:
    return ChargebeeClient(create_api_key(site=site, scopes=["write", "pii:clear"], at=NOW)[1])


def erase(eraser: ChargebeeClient) -> None:
    assert eraser.post("/customers/acme/clear_personal_data").status_code == 200
    later = timezone.now() + timedelta(hours=1)
    while run_due(clock=lambda: later):
        pass


@pytest.fixture(autouse=True)
def every_log(caplog: pytest.LogCaptureFixture) -> None:
    """Of all loggers, and before the customer has said its first word."""
    caplog.set_level(logging.DEBUG)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    # Of the tests' own database and clients, which are no part of an installation.
    told = [each for each in records if each.name.partition(".")[0] in {"billing_customers", "django"}]
    return "\n".join(f"{each.getMessage()} {each.exc_text or each.exc_info or ''}" for each in told).casefold()


# Ids stay, and the role of a user is one of few words.
NOT_TOLD = {"billing_customers_contact.public_id", "billing_customers_customeruser.role"}


def test_there_is_a_canary_in_every_personal_column(acme: Customer) -> None:
    there = canaries.found_in_tables()

    assert canaries.personal_columns() - set(there) == NOT_TOLD
    assert {"django_admin_log.change_message", "django_admin_log.object_repr"} <= set(there)


def test_search_looks_into_caches(settings: Any) -> None:
    assert canaries.found_in_caches() == []
    cache.set("x", {"said": [canaries.canary("x")]})

    assert canaries.found_in_caches() == ["default"]
    cache.clear()


def test_nothing_of_it_is_left(
    site: BillingSite, acme: Customer, eraser: ChargebeeClient, caplog: pytest.LogCaptureFixture
) -> None:
    money = canaries.amounts(acme)

    erase(eraser)

    assert Job.objects.get(kind="customers.erase").error == ""
    assert canaries.found_in_tables() == []
    assert canaries.found_in_files() == []
    assert canaries.found_in_caches() == []
    assert "customers/<str:public_id>/clear_personal_data" in logged(caplog)
    assert canaries.MARK not in logged(caplog)
    assert canaries.amounts(acme) == money
    assert verify_erasure(site=site, public_id="acme") == []
    assert verify_books(site=site) == []
    counts = ErasureCertificate.objects.get().counts
    assert counts["Customer"]["cleared"]["email"] == 1
    assert counts["Event"]["cleared"]["chargebee_payload"] >= 10


def test_events_still_answer(acme: Customer, eraser: ChargebeeClient) -> None:
    before = eraser.get("/events", {"limit": "100"}).json()["list"]
    erase(eraser)

    after = eraser.get("/events", {"limit": "100"}).json()["list"]

    envelope = ("id", "occurred_at", "source", "object", "api_version", "event_type")
    said = [{name: each["event"].get(name) for name in envelope} for each in after]
    assert said[: len(before)] == [{name: each["event"].get(name) for name in envelope} for each in before]
    users = {each["event"].get("user", "") for each in before}
    assert {each["event"].get("user", "") for each in after} >= {user for user in users if canaries.MARK not in user}
    assert {each["event"]["content"]["customer"]["id"] for each in after} == {"acme"}
    assert {each["event"]["content"]["customer"]["pii_cleared"] for each in after} == {
        "active",
        "scheduled_for_clear",
        "cleared",
    }


def test_webhooks_that_still_waited_carry_nothing(acme: Customer, eraser: ChargebeeClient) -> None:
    waiting = Event.objects.filter(deliveries__status="pending").distinct().count()
    assert waiting > 0
    erase(eraser)
    receiver = Receiver(Clock(timezone.now() + timedelta(hours=2)))

    drain(courier_of(receiver))

    assert len(receiver.got) >= waiting
    assert canaries.MARK not in json.dumps([body for _, body, _ in receiver.got]).casefold()
    assert canaries.found_in_tables() == []


def test_stored_answers_are_gone(acme: Customer, eraser: ChargebeeClient) -> None:
    assert IdempotencyRecord.objects.count() >= 6

    erase(eraser)

    # It was refused for an id that was taken, and tells nothing else.
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["again"]


@pytest.mark.parametrize(
    ("model", "column"),
    [
        ("Customer", "address_city"),
        ("Customer", "metadata"),
        ("Customer", "email_key"),
        ("PaymentSource", "first_name"),
        ("PaymentSource", "billing_address"),
        ("DeliveryAttempt", "response_text"),
        ("LedgerEntry", "description"),
        ("Event", "chargebee_payload"),
        ("IdempotencyRecord", "response_body"),
        ("Contact", "email"),
    ],
)
def test_column_that_is_forgotten_is_found(
    acme: Customer, eraser: ChargebeeClient, monkeypatch: pytest.MonkeyPatch, model: str, column: str
) -> None:
    forget(monkeypatch, model, column)

    erase(eraser)

    assert any(column in found for found in canaries.found_in_tables())


def forget(monkeypatch: pytest.MonkeyPatch, model: str, column: str) -> None:
    """Let the registry take the column for one of the operator's own."""
    table: Mapping[str, Any] = {**personal.PERSONAL[model], column: Kept.OPERATOR}
    if personal.PERSONAL[model][column] is Treated.ROW_REMOVED:
        table = dict.fromkeys(personal.PERSONAL[model], Kept.OPERATOR)
    monkeypatch.setitem(personal.PERSONAL, model, table)  # type: ignore[arg-type]
