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

_KINDS = {
    400: Kind.MALFORMED,
    401: Kind.UNAUTHENTICATED,
    403: Kind.SCOPE,
    404: Kind.NOT_FOUND,
    405: Kind.METHOD,
    413: Kind.TOO_LARGE,
    415: Kind.MEDIA_TYPE,
    429: Kind.RATE,
    503: Kind.UNAVAILABLE,
}
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
_MESSAGES = {
    Kind.MALFORMED: "The request cannot be read.",
    Kind.UNAUTHENTICATED: "No access",
    Kind.SCOPE: "This is not allowed.",
    Kind.NOT_FOUND: "There is no such resource.",
    Kind.METHOD: "The method is not allowed here.",
    Kind.TOO_LARGE: "The request is too large.",
    Kind.MEDIA_TYPE: "The content type is not one that is read here.",
    Kind.RATE: "Too many requests.",
    Kind.UNAVAILABLE: "The service cannot be reached now.",
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
        if response.status_code < 400 and not _appends_slash(request, response):
            return response
        if request_id.HEADER in response.headers:
            return response
        status = response.status_code
        dialect = _dialect_at(request.path_info)
        if dialect is None:
            # The mount's own path without its slash. Django would redirect there, and so turn a POST into a GET.
            status, dialect = 404, _dialect_at(request.path_info + "/")
        if dialect is None:
            return response
        with request_id.of_request(request.headers.get(request_id.HEADER)) as identity:
            answer = _in_dialect(dialect, status, response)
            answer.headers[request_id.HEADER] = identity
            requests_log.write(request, answer, dialect.name, at=at)
        return answer


def _in_dialect(dialect: Dialect, status: int, response: HttpResponseBase) -> HttpResponse:
    kind = _KINDS.get(status, Kind.INTERNAL if status >= 500 else Kind.MALFORMED)
    kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return dialect.answer_fault(Fault(kind, _MESSAGES[kind], headers=kept))


def _appends_slash(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether Django sends the client on to the same path with a slash at its end."""
    target = response.headers.get("Location", "").partition("?")[0]
    return response.status_code in {301, 308} and target.endswith(request.path + "/")


def _dialect_at(path: str) -> Dialect | None:
    """The dialect that is mounted over ``path``: each has a route for whatever its other routes do not match."""
    try:
        view = getattr(resolve(path).func, "cls", None)
    except Resolver404:
        return None
    return view.dialect if isinstance(view, type) and issubclass(view, BillingViewSet) else None
