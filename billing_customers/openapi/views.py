"""Plain Django views: no policy of the host's REST_FRAMEWORK reaches them, and no schema class of it describes them."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver, get_script_prefix
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from billing_customers.dialects.answers import json_answer
from billing_customers.openapi.assets import content_type
from billing_customers.openapi.document import build_document


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of whatever the URLconf of this request mounts."""
    patterns = get_resolver(getattr(request, "urlconf", None)).url_patterns
    return json_answer(build_document(patterns, server=get_script_prefix().rstrip("/") or "/"))


@require_safe
@cache_control(max_age=3600)
def asset(_request: HttpRequest, path: Path) -> HttpResponse:
    """A file of the documentation page. ``path`` comes from the routes, never from the request."""
    return HttpResponse(path.read_bytes(), content_type=content_type(path))
