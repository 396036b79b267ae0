"""Where the host has mounted which operation, as its URLconf says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLResolver

from billing_customers.dialects.base import BillingViewSet

_PARAMETER = re.compile(r"<(?:[^>:]+:)?(\w+)>")
_UNKNOWN_ROUTE = "unknown_route"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: ``method`` in lower case, ``path`` as OpenAPI writes it, below ``mount`` (``/api/v2``)."""

    mount: str
    path: str
    method: str
    view: type[BillingViewSet]
    action: str

    @property
    def parameters(self) -> list[str]:
        """The names in the path, outermost first."""
        return re.findall(r"{(\w+)}", self.path)


def find_routes(patterns: Iterable[Any], prefix: str = "") -> Iterator[Route]:
    """Every operation of a dialect among ``patterns``, in their order; views of the host are passed over."""
    for entry in patterns:
        full = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from find_routes(entry.url_patterns, full)
            continue
        view = getattr(entry.callback, "cls", None)
        if isinstance(view, type) and issubclass(view, BillingViewSet):
            for method, action in entry.callback.actions.items():
                # DRF adds "head" to the actions of a view when it first serves it.
                if action != _UNKNOWN_ROUTE and method != "head":
                    yield Route(_path(prefix).rstrip("/"), _path(full), method, view, action)


def _path(pattern: str) -> str:
    return _PARAMETER.sub(r"{\1}", simplify_regex(pattern))
