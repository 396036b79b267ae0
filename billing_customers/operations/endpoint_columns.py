"""From what callers say of a webhook endpoint to columns. All faults are told at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.choices import DialectName, ResponseSchema
from billing_customers.conf import billing_settings
from billing_customers.events.egress import MAX_URL, fault_of_url
from billing_customers.events.renderers import renderer_of
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.models.webhook import EVERY_EVENT
from billing_customers.operations import rules
from billing_customers.operations.rules import Rule, RuleBroken

MAX_EVENTS = 100
MAX_EVENT_NAME = 100

_url_text = rules.text(MAX_URL)
_username_text = rules.text(250)


@rules.says(type="string", format="uri", maxLength=MAX_URL)
def _url(value: Any) -> str:
    given: str = _url_text(value)
    fault = fault_of_url(
        given,
        allow_http=billing_settings.webhook_allow_http,
        allow_private=billing_settings.webhook_allow_private_networks,
    )
    if fault is not None:
        raise RuleBroken(fault)
    return given


@rules.says(
    type="array",
    items={"type": "string", "maxLength": MAX_EVENT_NAME},
    minItems=1,
    maxItems=MAX_EVENTS,
    uniqueItems=True,
)
def _events(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise RuleBroken("Must be a list of event names.")
    if not 1 <= len(value) <= MAX_EVENTS:
        raise RuleBroken(f"Must name 1 to {MAX_EVENTS} events; {EVERY_EVENT} stands for all.")
    if len(set(value)) != len(value):
        raise RuleBroken("Must not name an event twice.")
    return value


@rules.says(type="string", maxLength=250, pattern="^[^:]*$")
def _username(value: Any) -> str:
    given: str = _username_text(value)
    if ":" in given:
        # RFC 7617: the receiver would take the rest for the password.
        raise RuleBroken("Must not contain a colon.")
    return given


ENDPOINT_RULES: dict[str, Rule] = {
    "dialect": rules.one_of(DialectName),
    "url": _url,
    "name": rules.text(50),
    "description": rules.text(250),
    "events": _events,
    "disabled": rules.boolean,
    "is_primary": rules.boolean,
    "sends_card": rules.boolean,
    "response_schema": rules.one_of(ResponseSchema),
    "basic_auth_username": _username,
    "basic_auth_password": rules.text(250),
}

# What an attribute becomes that is unset; url and dialect cannot be.
_UNSET: dict[str, Any] = {
    **dict.fromkeys(("name", "description", "response_schema", "basic_auth_username", "basic_auth_password"), ""),
    **dict.fromkeys(("disabled", "is_primary", "sends_card"), False),
}


def endpoint_columns(attributes: Mapping[str, Any], *, dialect: str | None) -> dict[str, Any]:
    """Check every attribute; return ``{name: value}``, where an unset one has its default.

    ``dialect`` is that of an endpoint that is there already, ``None`` for a new one. Raises :class:`InvalidInput` with
    every fault. No message holds a value: a URL or a password may be secret.
    """
    issues: list[Issue] = []
    columns: dict[str, Any] = {}
    for field, value in attributes.items():
        rule = ENDPOINT_RULES.get(field)
        if rule is None:
            issues.append(Issue(field, "There is no such attribute."))
        elif value is None or value == "":
            _unset(field, columns, issues)
        else:
            try:
                columns[field] = rule(value)
            except RuleBroken as broken:
                issues.append(Issue(field, str(broken)))
    if dialect is not None and columns.get("dialect", dialect) != dialect:
        # Its selection, and the payloads that wait for it, are in the words of the other contract.
        issues.append(Issue("dialect", "Cannot be changed; make another endpoint."))
    issues.extend(_unknown_events(columns, dialect or columns.get("dialect")))
    if issues:
        raise InvalidInput(issues)
    return columns


def _unset(field: str, columns: dict[str, Any], issues: list[Issue]) -> None:
    if field == "events":
        columns[field] = [EVERY_EVENT]
    elif field in _UNSET:
        columns[field] = _UNSET[field]
    else:
        issues.append(Issue(field, "Cannot be empty."))


def _unknown_events(columns: Mapping[str, Any], dialect: str | None) -> list[Issue]:
    if dialect is None:
        return []
    renderer = renderer_of(dialect)
    return [
        Issue(f"events.{number}", fault)
        for number, name in enumerate(columns.get("events", ()))
        if (fault := renderer.fault_of_name(name)) is not None
    ]
