"""Small pieces of JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from billing_customers.operations.rules import Rule, schema_of

Schema = dict[str, Any]

BOOLEAN: Schema = {"type": "boolean"}
INTEGER: Schema = {"type": "integer"}
STRING: Schema = {"type": "string"}


def ref(name: str) -> Schema:
    """The schema component ``name``."""
    return {"$ref": f"#/components/schemas/{name}"}


def constant(value: Any) -> Schema:
    """Nothing but ``value``."""
    return {"const": value}


def array_of(items: Schema) -> Schema:
    """An array whose elements are ``items``."""
    return {"type": "array", "items": items}


def one_of(values: Iterable[str]) -> Schema:
    """One of these strings, each told once, in their order."""
    return {"type": "string", "enum": list(dict.fromkeys(values))}


def record(properties: Mapping[str, Schema], *, required: Iterable[str] | None = None, **more: Any) -> Schema:
    """An object; all of its properties are required unless ``required`` names those that are."""
    names = list(properties if required is None else required)
    schema: Schema = {"type": "object", "properties": dict(properties)}
    if names:
        schema["required"] = names
    return {**schema, **more}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    changed = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        changed["enum"] = [*schema["enum"], None]
    return changed


def by_rules(rules: Mapping[str, Rule], names: Iterable[str]) -> dict[str, Schema]:
    """What the rules called ``names`` demand."""
    return {name: dict(schema_of(rules[name])) for name in names}
