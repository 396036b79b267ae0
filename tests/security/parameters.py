"""Every parameter of bodies and queries, as the OpenAPI document tells them, and those that look like references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from billing_customers.dialects.chargebee import inputs
from billing_customers.dialects.chargebee.inputs.params import Param
from billing_customers.openapi.document import build_document
from billing_customers.queries.conditions import OPERATORS
from tests.dialects.wire import FORM, JSON
from tests.urls import urlpatterns

# A parameter with one of these words in its name may name a row of somebody's.
_WORDS = frozenset({"id", "ids", "handle", "token", "reference", "customer", "owner", "number", "key", "site"})
_WORD = re.compile(r"[A-Z]?[a-z0-9]+")
_OPERATORS = frozenset(operator for operators in OPERATORS.values() for operator in operators)
_LAST_BRACKET = re.compile(r"\[(\w+)\]\Z")


@dataclass(frozen=True)
class Operation:
    """A call: ``id`` as the document has it, ``query`` and ``body`` the names of its parameters, in brackets where they
    are nested. A contract that is mounted twice has its operations once.
    """

    id: str
    method: str
    path: str
    query: frozenset[str]
    body: frozenset[str]

    def filters(self, attribute: str) -> list[str]:
        """The parameters of the query that compare ``attribute`` with a text."""
        found = [name for name in self.query if attribute_of(name) == attribute]
        return sorted(name for name in found if not name.endswith("[is_present]"))

    def references(self) -> set[str]:
        """The parameters that look like references; of a filter the attribute."""
        return {attribute_of(name) for name in self.query | self.body if looks_like_reference(attribute_of(name))}


def attribute_of(name: str) -> str:
    """The name without a filter's operator: ``relationship[parent_id]`` of ``relationship[parent_id][is]``."""
    last = _LAST_BRACKET.search(name)
    return name[: last.start()] if last and last[1] in _OPERATORS else name


def looks_like_reference(name: str) -> bool:
    return not _WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))


@cache
def operations() -> Mapping[str, Operation]:
    """All of them by id."""
    paths: dict[str, dict[str, Any]] = build_document(urlpatterns)["paths"]
    found = [_read(path, method, told) for path, item in paths.items() for method, told in item.items()]
    return {each.id: each for each in found if not re.search(r"_\d+\Z", each.id)}


def names_read() -> set[str]:
    """The names in the tables that read Chargebee's bodies and queries, without what they are parts of."""
    names = set()
    for module in iter_modules(inputs.__path__, f"{inputs.__name__}."):
        for table in vars(import_module(module.name)).values():
            names |= set(_params_in(table))
    return names


def _read(path: str, method: str, told: Mapping[str, Any]) -> Operation:
    content = told.get("requestBody", {}).get("content", {})
    body = {name for media_type in (FORM, JSON) if media_type in content for name in _names(content[media_type])}
    query = {each["name"] for each in told["parameters"] if each["in"] == "query"}
    return Operation(told["operationId"], method, path, frozenset(query), frozenset(body))


def _names(media: Mapping[str, Any]) -> Iterator[str]:
    schema = media["schema"]
    if "$ref" in schema:
        raise AssertionError(f"A body by reference is not read here: {schema}")
    yield from _nested(schema, "{}")


def _nested(schema: Mapping[str, Any], within: str) -> Iterator[str]:
    """The names of the leaves as a form writes them; a column of an array of objects with the index 0."""
    for name, part in schema.get("properties", {}).items():
        if "properties" in part:
            yield from _nested(part, within.format(name) + "[{}]")
        elif "properties" in part.get("items", {}):
            yield from _nested(part["items"], within.format(name) + "[{}][0]")
        else:
            yield within.format(name)


def _params_in(table: Any) -> Iterator[str]:
    if isinstance(table, dict):
        for name, value in table.items():
            if isinstance(value, Param):
                yield name
            else:
                yield from _params_in(value)
