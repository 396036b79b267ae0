"""The document, read strictly: an answer may have nothing that its schema does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from jsonschema import Draft202012Validator

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class Contract:
    """Operations by their id, and what the document says of their answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.components = _closed(deepcopy(document["components"]))
        self.operations = {
            operation["operationId"]: operation for item in document["paths"].values() for operation in item.values()
        }

    def faults(self, operation_id: str, response: Any) -> list[str]:
        """What is wrong with a Django response to the operation, as sentences."""
        validator = Draft202012Validator({**self.schema(operation_id, response.status_code), **self._root})
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(response.json())]

    def schema(self, operation_id: str, status: int) -> dict[str, Any]:
        """The schema of the answer with ``status``."""
        schema: dict[str, Any] = self.response(operation_id, status)["content"][JSON]["schema"]
        return schema

    def response(self, operation_id: str, status: int) -> dict[str, Any]:
        """The response with ``status``, wherever it is written down."""
        found: dict[str, Any] = self.operations[operation_id]["responses"][str(status)]
        name = found.get("$ref", "").rpartition("/")[2]
        return self.components["responses"].get(name, found)  # type: ignore[no-any-return]

    def body(self, operation_id: str, media_type: str) -> dict[str, Any]:
        """The schema of a request body."""
        schema: dict[str, Any] = self.operations[operation_id]["requestBody"]["content"][media_type]["schema"]
        return schema

    def query(self, operation_id: str) -> dict[str, dict[str, Any]]:
        """The query parameters by name."""
        parameters = self.operations[operation_id]["parameters"]
        return {each["name"]: each for each in parameters if each["in"] == "query"}

    @property
    def _root(self) -> dict[str, Any]:
        return {"components": self.components}


def _closed(schemas: Any) -> Any:
    """Forbid in every object of ``schemas``, in place, what is not told; and return them."""
    for schema in _objects(schemas):
        if "properties" in schema:
            schema["additionalProperties"] = False
    return schemas


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in list(parts):
        yield from _objects(part)
    if isinstance(value, dict) and value.get("type") == "object":
        yield value
