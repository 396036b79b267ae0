"""One line for each request: ids, never what was sent."""

from __future__ import annotations

import logging
from datetime import datetime

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

logger = logging.getLogger("billing_customers.requests")


def write(request: HttpRequest, response: HttpResponseBase, dialect: str, *, at: datetime) -> None:
    """Log the request at INFO, or at ERROR for a 5xx. The route is logged, not the path: ids and texts may stand
    there.
    """
    level = logging.ERROR if response.status_code >= 500 else logging.INFO
    if not logger.isEnabledFor(level):
        return
    match = request.resolver_match
    milliseconds = (timezone.now() - at).total_seconds() * 1000
    logger.log(
        level,
        "%s %s %s %d %.1fms request_id=%s",
        dialect,
        request.method if (request.method or "").isalpha() else "?",
        match.route if match else "?",
        response.status_code,
        milliseconds,
        response.headers.get("X-Request-Id", "-"),
    )
