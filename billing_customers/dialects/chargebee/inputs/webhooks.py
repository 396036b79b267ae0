"""The parameters of webhook endpoints, by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from billing_customers.choices import DialectName
from billing_customers.dialects.chargebee.inputs.params import Param, boolean, integer, read_params, text, texts
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.operations.webhooks import DEFAULT_OVERLAP, MAX_OVERLAP, EndpointAttributes

API_VERSION = "v2"
MAX_OVERLAP_HOURS = MAX_OVERLAP // timedelta(hours=1)

# "Update a webhook endpoint" takes these; the last is ours.
UPDATABLE = {
    "name": Param("name", text),
    "url": Param("url", text, max_length=512),
    "primary_url": Param("is_primary", boolean),
    "disabled": Param("disabled", boolean),
    "basic_auth_username": Param("basic_auth_username", text),
    "basic_auth_password": Param("basic_auth_password", text),
    "send_card_resource": Param("sends_card", boolean),
    "enabled_events": Param("events", texts),
    "description": Param("description", text),
}
# "Create a webhook endpoint" takes these too; the last is ours.
CREATABLE = {
    "chargebee_response_schema_type": Param("response_schema", text),
    "dialect": Param("dialect", text),
}


def read_new(given: Mapping[str, Any]) -> EndpointAttributes:
    """The attributes of "Create a webhook endpoint"; name and url are required. Its events are written as Chargebee
    writes them, unless it names another dialect. Raises :class:`InvalidInput`.
    """
    missing = [Issue(name, "Is required.") for name in ("name", "url") if not given.get(name)]
    if missing:
        raise InvalidInput(missing)
    attributes = _read({**UPDATABLE, **CREATABLE}, given)
    return {"dialect": DialectName.CHARGEBEE, **attributes}  # type: ignore[typeddict-item]


def read_changes(given: Mapping[str, Any]) -> EndpointAttributes:
    """The attributes of "Update a webhook endpoint": what is absent stays. Raises :class:`InvalidInput`."""
    return _read(UPDATABLE, given)  # type: ignore[return-value]


def read_overlap(given: Mapping[str, Any]) -> timedelta:
    """``overlap_hours`` of a rotation. Raises :class:`InvalidInput`."""
    hours = read_params({"overlap_hours": Param("overlap", integer)}, given).get("overlap")
    if hours is None:
        return DEFAULT_OVERLAP
    if not 0 <= hours <= MAX_OVERLAP_HOURS:
        raise InvalidInput([Issue("overlap_hours", f"Must be an integer from 0 to {MAX_OVERLAP_HOURS}.")])
    return timedelta(hours=hours)


def _read(table: Mapping[str, Param], given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("api_version") not in (None, "", API_VERSION):
        raise InvalidInput([Issue("api_version", f"Must be {API_VERSION}.")])
    return read_params(table, given)
