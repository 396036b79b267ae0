"""A request body, once as a form with bracketed names and once as nested JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from billing_customers.dialects.chargebee.inputs.customers import CUSTOM_FIELD_PREFIX
from billing_customers.openapi.schemas import Schema, array_of, nullable, record
from billing_customers.operations.rules import MAX_CUSTOM_FIELD_CHARACTERS

Schemas = Mapping[str, Schema]

_JSON_TYPES = {"object", "array"}
_CUSTOM_FIELD = {"type": "string", "maxLength": MAX_CUSTOM_FIELD_CHARACTERS}
_CUSTOM_JSON_FIELD = {**_CUSTOM_FIELD, "type": ["string", "number", "boolean", "null"]}


@dataclass(frozen=True, slots=True)
class Body:
    """What an operation takes: plain parameters, parameters in ``parts`` (``billing_address[zip]``), and ``rows``
    (``invoice_allocations[invoice_id][0]``), of whose columns the first is required.

    ``required`` are names, or names within each part; ``example`` is the nested JSON of one.
    """

    params: Schemas = field(default_factory=dict)
    parts: Mapping[str, Schemas] = field(default_factory=dict)
    rows: Mapping[str, Schemas] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    custom_fields: bool = False
    example: Mapping[str, Any] = field(default_factory=dict)

    def media_types(self) -> dict[str, Any]:
        """The content of the request body, the form first: it is what the contract knows."""
        form: dict[str, Any] = {"schema": self._form_schema()}
        encoding = {
            name: {"contentType": "application/json"}
            for name, schema in self.params.items()
            if schema["type"] in _JSON_TYPES
        }
        if encoding:
            form["encoding"] = encoding
        return {
            "application/x-www-form-urlencoded": form,
            "application/json": {"schema": self._json_schema(), "example": dict(self.example)},
        }

    def _form_schema(self) -> Schema:
        properties = {name: _filled(schema, self.example.get(name)) for name, schema in self.params.items()}
        required = self._required_params
        for part, schemas in self.parts.items():
            example = self.example.get(part, {})
            properties |= {f"{part}[{name}]": _filled(schema, example.get(name)) for name, schema in schemas.items()}
            required += [f"{part}[{name}]" for name in schemas if name in self.required]
        patterns: dict[str, Schema] = {}
        for array, columns in self.rows.items():
            first = {**dict.fromkeys(columns), **self.example.get(array, [{}])[0]}
            properties |= {f"{array}[{name}][0]": _filled(schema, first[name]) for name, schema in columns.items()}
            required.append(f"{array}[{next(iter(columns))}][0]")
            patterns |= {rf"^{array}\[{name}\]\[[1-9][0-9]{{0,2}}\]$": schema for name, schema in columns.items()}
        form = self._with_custom_fields(record(properties, required=required), _CUSTOM_FIELD)
        return {**form, "patternProperties": form.get("patternProperties", {}) | patterns} if patterns else form

    def _json_schema(self) -> Schema:
        properties = self._clearable(self.params)
        for part, schemas in self.parts.items():
            required = [name for name in schemas if name in self.required]
            properties[part] = record(self._clearable(schemas), required=required)
        for array, columns in self.rows.items():
            first, *others = columns
            cells = {first: columns[first], **self._clearable({name: columns[name] for name in others})}
            properties[array] = {**array_of(record(cells, required=[first])), "minItems": 1}
        required_parts = list(self.parts) if self.required else []
        required = [*self._required_params, *required_parts, *self.rows]
        return self._with_custom_fields(record(properties, required=required), _CUSTOM_JSON_FIELD)

    @property
    def _required_params(self) -> list[str]:
        return [name for name in self.params if name in self.required]

    def _clearable(self, schemas: Schemas) -> dict[str, Schema]:
        return {name: schema if name in self.required else nullable(schema) for name, schema in schemas.items()}

    def _with_custom_fields(self, schema: Schema, value: Schema) -> Schema:
        return {**schema, "patternProperties": {f"^{CUSTOM_FIELD_PREFIX}": value}} if self.custom_fields else schema


def _filled(schema: Schema, example: Any) -> Schema:
    """The schema of a form's field with its example, or an empty one."""
    # Swagger UI makes up a value for each field that has no example, and sends them all.
    empty: Any = [] if schema["type"] == "array" else ""
    return {**schema, "examples": [empty if example is None else example]}
