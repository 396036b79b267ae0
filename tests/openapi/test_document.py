"""The document is valid, and tells all that the dialects' own tables have."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import include, path
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from billing_customers.dialects.chargebee.errors import TABLE as CHARGEBEE_ERRORS
from billing_customers.dialects.chargebee.inputs import customers as tables
from billing_customers.dialects.ching.errors import TABLE as CHING_ERRORS
from billing_customers.dialects.ching.inputs import FIELDS
from billing_customers.openapi.document import build_document
from billing_customers.queries.conditions import ATTRIBUTES, OPERATORS
from tests.clients import ChingClient
from tests.openapi.reading import FORM, JSON, Contract
from tests.urls import urlpatterns

TOP_LEVEL = {
    **tables.UPDATABLE,
    **tables.FRAUD_FLAG,
    **tables.TAX_REGISTRATION,
    **tables.CREATED_FROM_IP,
    **tables.BILLING_DATES,
}


def test_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_broken_document_would_be_noticed(document: dict[str, Any]) -> None:
    del document["paths"]["/api/v2/customers"]["get"]["responses"]["200"]["description"]

    with pytest.raises(OpenAPIValidationError):
        validate(document)


def test_every_route_of_the_dialects_is_told_and_no_other(document: dict[str, Any]) -> None:
    told = {(address, method) for address, item in document["paths"].items() for method in item}

    assert told == mounted_routes()


def test_route_that_is_not_told_would_be_noticed(document: dict[str, Any]) -> None:
    assert ("/v1/customers", "get") in mounted_routes()
    assert ("/admin/login/", "get") not in mounted_routes()


def test_document_stays_the_same_once_views_have_served(ching: ChingClient) -> None:
    before = build_document(urlpatterns)

    ching.get("/customers")

    assert build_document(urlpatterns) == before


def test_each_mount_has_a_tag(document: dict[str, Any]) -> None:
    assert [tag["name"] for tag in document["tags"]] == ["CHING at /ching/v1", "CHING at /v1", "Chargebee at /api/v2"]


def test_paths_follow_the_mounts_of_the_host() -> None:
    mounts = [path("<slug:tenant>/billing/", include("billing_customers.dialects.chargebee.urls"))]

    operation = build_document(mounts)["paths"]["/{tenant}/billing/customers/{public_id}"]["get"]

    assert [(each["name"], each["in"]) for each in operation["parameters"]] == [
        ("tenant", "path"),
        ("public_id", "path"),
    ]


def test_host_that_mounts_nothing_gets_a_document_without_paths() -> None:
    assert build_document([])["paths"] == {}


@pytest.mark.parametrize("operation_id", ["ching_customer_create", "ching_customer_update", "ching_customer_upsert"])
def test_every_field_of_ching_is_told(operation_id: str, contract: Contract) -> None:
    assert set(FIELDS) <= set(contract.body(operation_id, JSON)["properties"])


def test_every_parameter_of_chargebee_is_told(contract: Contract) -> None:
    names = {
        *TOP_LEVEL,
        *(f"billing_address[{part}]" for part in tables.ADDRESS),
        *(f"contact[{part}]" for part in tables.CONTACT),
    }

    assert names <= form_names(contract)


def test_every_filter_is_told(contract: Contract) -> None:
    filters = {
        attribute.replace(".", "[") + "]" * attribute.count(".") + f"[{operator}]"
        for attribute, (kind, _) in ATTRIBUTES.items()
        for operator in OPERATORS[kind]
    }

    assert set(contract.query("chargebee_customer_list")) - filters == {
        "limit",
        "offset",
        "sort_by[asc]",
        "sort_by[desc]",
        "include_deleted",
    }
    assert filters <= set(contract.query("chargebee_customer_list"))


def test_every_error_code_is_told(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert set(schemas["ChingError"]["properties"]["error"]["properties"]["code"]["enum"]) == {
        code for _, code in CHING_ERRORS.values()
    }
    assert set(schemas["ChargebeeError"]["properties"]["api_error_code"]["enum"]) == {
        code for _, code, _ in CHARGEBEE_ERRORS.values()
    }


def test_every_error_status_has_a_response(document: dict[str, Any]) -> None:
    assert set(document["components"]["responses"]) == {
        *(f"Ching{status}" for status, _ in CHING_ERRORS.values()),
        *(f"Chargebee{status}" for status, _, _ in CHARGEBEE_ERRORS.values()),
    }


def test_each_dialect_has_its_own_way_to_authenticate(document: dict[str, Any], contract: Contract) -> None:
    schemes = document["components"]["securitySchemes"]

    assert (schemes["ching"]["scheme"], schemes["chargebee"]["scheme"]) == ("bearer", "basic")
    assert {(name.split("_")[0], *each["security"][0]) for name, each in contract.operations.items()} == {
        ("ching", "ching"),
        ("chargebee", "chargebee"),
    }


def test_json_in_a_form_field_is_told_as_such(contract: Contract) -> None:
    form = contract.operations["chargebee_customer_create"]["requestBody"]["content"][FORM]

    assert form["encoding"] == {
        "exemption_details": {"contentType": "application/json"},
        "meta_data": {"contentType": "application/json"},
    }


def form_names(contract: Contract) -> set[str]:
    return {
        name
        for operation in contract.operations.values()
        for name in operation.get("requestBody", {})
        .get("content", {})
        .get(FORM, {})
        .get("schema", {})
        .get("properties", ())
    }


def mounted_routes() -> set[tuple[str, str]]:
    """Path and method of every route below the three mounts, by the URLconf alone."""
    mounts: list[Any] = [mount for mount in urlpatterns if str(mount.pattern) != "admin/"]
    return {
        (f"/{mount.pattern}{entry.pattern}".replace("<str:", "{").replace(">", "}"), method)
        for mount in mounts
        for entry in mount.url_patterns
        if "unknown_route" not in entry.callback.actions.values()
        for method in {*entry.callback.actions} - {"head"}
    }
