"""One operation at one path."""

from __future__ import annotations

from typing import Any

from billing_customers.openapi.failures import failures_of, faults_of
from billing_customers.openapi.headers import references, request_headers
from billing_customers.openapi.operation import DialectText, Operation
from billing_customers.openapi.routes import Route
from billing_customers.openapi.schemas import Schema
from billing_customers.request_id import HEADER as REQUEST_ID


def write_operation(route: Route, text: DialectText, operation: Operation) -> dict[str, Any]:
    """What OpenAPI calls an operation, without its id and its tag."""
    is_post = route.method == "post"
    headers = request_headers(text.dialect, repeatable=is_post, versioned=operation.versioned)
    headers += text.write_headers if is_post else ()
    faults = faults_of(operation, route.method, names_resource=bool(route.parameters))
    item: dict[str, Any] = {
        "summary": operation.summary,
        "security": [{text.dialect.name: []}],
        "parameters": [*_path_parameters(route), *operation.query, *headers],
        "responses": {"200": _success(text, operation, is_post=is_post), **failures_of(text, faults)},
    }
    if operation.description:
        item["description"] = operation.description
    if operation.body:
        item["requestBody"] = {"content": dict(operation.body)}
    return item


def _path_parameters(route: Route) -> list[Schema]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in route.parameters]


def _success(text: DialectText, operation: Operation, *, is_post: bool) -> Schema:
    headers = [REQUEST_ID, *operation.headers]
    if is_post:
        headers.append(text.dialect.replayed_header)
    return {
        "description": "Done.",
        "headers": references(headers),
        "content": {"application/json": {"schema": operation.answer}},
    }
