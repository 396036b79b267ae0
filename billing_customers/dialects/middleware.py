"""Errors that Django answers itself, before or around our views, in the dialect's JSON."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone

from billing_customers import request_id
from billing_customers.dialects import requests_log
from billing_customers.dialects.base import BillingViewSet, Dialect
from billing_customers.dialects.faults import Fault, Kind

_KINDS = {400: Kind.MALFORMED, 403: Kind.SCOPE, 404: Kind.NOT_FOUND, 405: Kind.METHOD, 413: Kind.TOO_LARGE}
_MESSAGES = {
    Kind.MALFORMED: "The request cannot be read.",
    Kind.SCOPE: "This is not allowed.",
    Kind.NOT_FOUND: "There is no such resource.",
    Kind.METHOD: "The method is not allowed here.",
    Kind.TOO_LARGE: "The request is too large.",
    Kind.INTERNAL: "Something went wrong on our side.",
}


class BillingMiddleware:
    """Put it first. It looks only at errors, and only below the paths where a dialect is mounted.

    The views answer their own errors without it. It covers what never reaches them: a refused host, a crash in another
    middleware, an error page of the host.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        at = timezone.now()
        response = self.get_response(request)
        if response.status_code < 400 or request_id.HEADER in response.headers:
            return response
        dialect = _dialect_at(request.path_info)
        if dialect is None:
            return response
        identity = request_id.begin(request.headers.get(request_id.HEADER))
        answer = _in_dialect(dialect, response.status_code)
        answer.headers[request_id.HEADER] = identity
        requests_log.write(request, answer, dialect.name, at=at)
        return answer


def _in_dialect(dialect: Dialect, status: int) -> HttpResponse:
    kind = _KINDS.get(status, Kind.INTERNAL if status >= 500 else Kind.MALFORMED)
    return dialect.answer_fault(Fault(kind, _MESSAGES[kind]))


def _dialect_at(path: str) -> Dialect | None:
    """The dialect that is mounted over ``path``: each has a route for whatever its other routes do not match."""
    try:
        view = getattr(resolve(path).func, "cls", None)
    except Resolver404:
        return None
    return view.dialect if isinstance(view, type) and issubclass(view, BillingViewSet) else None
