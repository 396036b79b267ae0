"""The document: what the dialects tell about themselves, at the paths where the host has mounted them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from billing_customers import __version__
from billing_customers.openapi.chargebee import CHARGEBEE
from billing_customers.openapi.ching import CHING
from billing_customers.openapi.failures import failure_responses
from billing_customers.openapi.headers import answer_headers
from billing_customers.openapi.operation import DialectText
from billing_customers.openapi.path_item import write_operation
from billing_customers.openapi.routes import Route, find_routes

OPENAPI = "3.1.0"
TEXTS: dict[str, DialectText] = {text.dialect.name: text for text in (CHING, CHARGEBEE)}
DESCRIPTION = (
    "One customer record behind two contracts. Both take the same API keys, and the key alone selects the site, its "
    "mode and its data. Fields and parameters that are not told here are ignored."
)

Mount = tuple[str, str]


def build_document(patterns: Iterable[Any], *, server: str = "/") -> dict[str, Any]:
    """The OpenAPI document of the dialects that ``patterns`` (a URLconf's) mount, as plain JSON values.

    ``server`` is what stands before every path: the script's prefix. A route that no table tells about is left out.
    """
    routes = [route for route in find_routes(patterns) if (route.view, route.action) in _text(route).operations]
    mounts: list[Mount] = list(dict.fromkeys((_text(route).dialect.name, route.mount) for route in routes))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method] = {
            "operationId": _operation_id(route, mounts),
            "tags": [_tag(_text(route), route.mount)],
            **write_operation(route, _text(route), _text(route).operations[route.view, route.action]),
        }
    return {
        "openapi": OPENAPI,
        "info": {"title": "Billing customers", "version": __version__, "description": DESCRIPTION},
        "servers": [{"url": server}],
        "tags": [{"name": _tag(TEXTS[name], at), "description": TEXTS[name].description} for name, at in mounts],
        "paths": paths,
        "components": _components(),
    }


def _components() -> dict[str, Any]:
    texts = TEXTS.values()
    return {
        "securitySchemes": {text.dialect.name: dict(text.security) for text in texts},
        "headers": answer_headers([text.dialect for text in texts]),
        "responses": {name: response for text in texts for name, response in failure_responses(text).items()},
        "schemas": {name: schema for text in texts for name, schema in text.schemas.items()},
    }


def _text(route: Route) -> DialectText:
    return TEXTS[route.view.dialect.name]


def _tag(text: DialectText, mount: str) -> str:
    return f"{text.title} at {mount or '/'}"


def _operation_id(route: Route, mounts: list[Mount]) -> str:
    """Unique in the document: where a dialect is mounted twice, the second has the same actions again."""
    name = route.view.dialect.name
    place = [mount for dialect, mount in mounts if dialect == name].index(route.mount)
    resource = route.view.__name__.removesuffix("ViewSet").lower()
    return f"{name}_{resource}_{route.action}" + (f"_{place + 1}" if place else "")
