"""Each setting that would surprise is told at the start, by an id and with a hint."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import checks
from django.db import connections

from billing_customers.conf import KNOWN
from billing_customers.models import BillingSite
from billing_customers.neighbors import ModelNeighbor
from billing_customers.operations.api_keys import create_api_key
from tests.dialects.clock import START

pytestmark = pytest.mark.django_db

MEMBERSHIPS = ModelNeighbor("hostapp.Membership", kind="subscription", customer_field="member", status_field="state")

MIDDLEWARE = "billing_customers.dialects.middleware.BillingMiddleware"


def found(**how: Any) -> list[str]:
    """The ids of what this package's checks say."""
    said = checks.run_checks(**how)
    ours = [each for each in said if str(each.id).startswith("billing_customers.") and not each.is_silenced()]
    assert all(each.hint for each in ours)
    return [str(each.id) for each in ours]


def test_a_host_without_settings_is_told_nothing(settings: Any) -> None:
    assert not hasattr(settings, "BILLING_CUSTOMERS")
    assert found() == []


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"THROTTLE_RATE": None},
        {"THROTTLE_RATE": "150/min"},
        {"IDEMPOTENCY_HOURS": 0.5},
        {"IDEMPOTENCY_HOURS": 8_760},
        {"API_KEY_PREFIX": "sk"},
        {"GATEWAYS": {}},
        {"GATEWAYS": {"mine_2": "billing_customers.gateways.test.TestGateway"}},
        {"HIERARCHY_MAX_LEVELS": 3, "HIERARCHY_MAX_CHILDREN": 1_000},
        {"NEIGHBORS": ()},
        {"NEIGHBORS": [MEMBERSHIPS, ModelNeighbor("hostapp.Badge")]},
        {"THROTTLE_RATE": "1/sec", "IDEMPOTENCY_HOURS": 1, "API_KEY_PREFIX": "a1B2c3D4e5"},
    ],
)
def test_settings_that_can_be_read_are_taken(settings: Any, value: dict[str, Any]) -> None:
    settings.BILLING_CUSTOMERS = value

    assert found() == []


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ([], ["E001"]),
        (None, ["E001"]),
        ("THROTTLE_RATE", ["E001"]),
        ({"THROTTLE_RATES": "1/min"}, ["E002"]),
        ({"throttle_rate": "1/min", "X": 1}, ["E002", "E002"]),
        ({"THROTTLE_RATE": "fast"}, ["E003"]),
        ({"THROTTLE_RATE": "0/min"}, ["E003"]),
        ({"THROTTLE_RATE": "5/minute"}, ["E003"]),
        ({"THROTTLE_RATE": 5}, ["E003"]),
        ({"IDEMPOTENCY_HOURS": 0}, ["E004"]),
        ({"IDEMPOTENCY_HOURS": -1}, ["E004"]),
        ({"IDEMPOTENCY_HOURS": 8_761}, ["E004"]),
        ({"IDEMPOTENCY_HOURS": True}, ["E004"]),
        ({"IDEMPOTENCY_HOURS": "24"}, ["E004"]),
        ({"IDEMPOTENCY_HOURS": float("nan")}, ["E004"]),
        ({"API_KEY_PREFIX": ""}, ["E005"]),
        ({"API_KEY_PREFIX": "c_k"}, ["E005"]),
        ({"API_KEY_PREFIX": "x" * 11}, ["E005"]),
        ({"API_KEY_PREFIX": "\u05d0"}, ["E005"]),
        ({"API_KEY_PREFIX": None}, ["E005"]),
        ({"GATEWAYS": None}, ["E012"]),
        ({"GATEWAYS": ["stripe"]}, ["E012"]),
        ({"GATEWAYS": {"Mine": "billing_customers.gateways.test.TestGateway"}}, ["E012"]),
        ({"GATEWAYS": {"x" * 51: "billing_customers.gateways.test.TestGateway"}}, ["E012"]),
        ({"GATEWAYS": {"chargebee": "billing_customers.gateways.test.TestGateway"}}, ["E012"]),
        ({"GATEWAYS": {"mine": None}}, ["E012"]),
        ({"GATEWAYS": {1: "billing_customers.gateways.test.TestGateway"}}, ["E012"]),
        ({"GATEWAYS": {"mine": "nowhere"}}, ["E013"]),
        ({"GATEWAYS": {"mine": "nowhere.Mine", "other": "nowhere.Other"}}, ["E013", "E013"]),
        ({"GATEWAYS": {"mine": "billing_customers.gateways.test.Missing"}}, ["E013"]),
        ({"GATEWAYS": {"mine": "billing_customers.models.Customer"}}, ["E013"]),
        ({"GATEWAYS": {"mine": "billing_customers.gateways.cards.brand_of"}}, ["E013"]),
        ({"HIERARCHY_MAX_LEVELS": 0}, ["E016"]),
        ({"HIERARCHY_MAX_LEVELS": "5"}, ["E016"]),
        ({"HIERARCHY_MAX_LEVELS": True, "HIERARCHY_MAX_CHILDREN": None}, ["E016", "E016"]),
        ({"HIERARCHY_MAX_CHILDREN": -1}, ["E016"]),
        ({"HIERARCHY_MAX_CHILDREN": 10**9}, ["E016"]),
        ({"NEIGHBORS": None}, ["E014"]),
        ({"NEIGHBORS": MEMBERSHIPS}, ["E014"]),
        ({"NEIGHBORS": ["hostapp.Membership"]}, ["E014"]),
        ({"NEIGHBORS": [ModelNeighbor("hostapp.Nothing")]}, ["E015"]),
        ({"NEIGHBORS": [ModelNeighbor("nonsense")]}, ["E015"]),
        ({"NEIGHBORS": [ModelNeighbor("hostapp.Membership", customer_field="owner")]}, ["E015"]),
        ({"NEIGHBORS": [ModelNeighbor("hostapp.Membership", customer_field="code")]}, ["E015"]),
        ({"NEIGHBORS": [ModelNeighbor("hostapp.Badge", status_field="state", pii=["name"])]}, ["E015", "E015"]),
        ({"NEIGHBORS": [ModelNeighbor("hostapp.Badge", pii=["given_at"])]}, ["E015"]),
        ({"THROTTLE_RATE": "x", "IDEMPOTENCY_HOURS": "x", "API_KEY_PREFIX": "-"}, ["E003", "E004", "E005"]),
    ],
)
def test_settings_that_cannot_be_read_are_told(settings: Any, value: Any, ids: list[str]) -> None:
    settings.BILLING_CUSTOMERS = value

    assert found() == [f"billing_customers.{each}" for each in ids]


def test_every_setting_has_a_row_in_these_tables() -> None:
    assert {
        "API_KEY_PREFIX",
        "ENCRYPTION_KEYS",
        "GATEWAYS",
        "HIERARCHY_MAX_CHILDREN",
        "HIERARCHY_MAX_LEVELS",
        "IDEMPOTENCY_HOURS",
        "NEIGHBORS",
        "THROTTLE_RATE",
        "WEBHOOK_ALLOW_HTTP",
        "WEBHOOK_ALLOW_PRIVATE_NETWORKS",
        "WEBHOOK_MAX_IN_FLIGHT",
        "WORK_ENGINE",
    } == KNOWN


@pytest.mark.parametrize(
    ("tasks", "ids"),
    [
        ({}, ["billing_customers.W005"]),
        ({"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}, ["billing_customers.W005"]),
        ({"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}, ["billing_customers.W005"]),
        ({"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}, []),
    ],
)
def test_an_engine_of_tasks_without_a_queue_is_told(settings: Any, tasks: dict[str, Any], ids: list[str]) -> None:
    settings.BILLING_CUSTOMERS = {"WORK_ENGINE": "tasks"}
    settings.TASKS = tasks

    assert found() == ids


def test_a_backend_without_a_queue_is_no_matter_to_another_engine(settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {"WORK_ENGINE": "worker"}
    settings.TASKS = {}

    assert found() == []


def test_a_missing_middleware_is_told(settings: Any) -> None:
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if each != MIDDLEWARE]

    assert found() == ["billing_customers.W001"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({}, ["billing_customers.W002"]),
        ({"transaction_mode": "DEFERRED"}, ["billing_customers.W002"]),
        ({"transaction_mode": "immediate"}, []),
    ],
)
def test_a_sqlite_database_that_begins_as_a_reader_is_told(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, str], ids: list[str]
) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    monkeypatch.setitem(connections["default"].settings_dict, "OPTIONS", options)

    assert found(tags=[checks.Tags.database], databases=["default"]) == ids


def test_another_database_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "postgresql")
    monkeypatch.setitem(connections["default"].settings_dict, "OPTIONS", {})

    assert found(tags=[checks.Tags.database], databases=["default"]) == []


@pytest.mark.parametrize("prefix", ["sk", "a1B2c3D4e5"])
def test_a_prefix_that_is_taken_gives_keys_that_work(settings: Any, site: BillingSite, prefix: str) -> None:
    settings.BILLING_CUSTOMERS = {"API_KEY_PREFIX": prefix}

    text = create_api_key(site=site, at=START)[1]

    assert text.startswith(f"{prefix}_test_")
    assert len(text) == 96
