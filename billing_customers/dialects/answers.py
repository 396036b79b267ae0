"""JSON answers. DRF's own ``Response`` renders lazily and negotiates; these bytes are ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse


def json_answer(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """``data`` as compact UTF-8 JSON."""
    return HttpResponse(orjson.dumps(data), content_type="application/json", status=status, headers=dict(headers or {}))
