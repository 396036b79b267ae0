"""The id of the request at hand, on every answer and every log line of this package."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Request-Id"
LOGGERS = ("billing_customers.requests", "billing_customers.crashes")

_ACCEPTED = re.compile(r"\A[A-Za-z0-9._-]{8,64}\Z")
_current: ContextVar[str] = ContextVar("billing_customers_request_id", default="-")


@contextmanager
def of_request(given: str | None) -> Iterator[str]:
    """Within, ``given`` is the id of the request if it is 8 to 64 of ``A-Za-z0-9._-``, else a fresh one."""
    value = given if given and _ACCEPTED.match(given) else "req_" + secrets.token_hex(12)
    token = _current.set(value)
    try:
        yield value
    finally:
        _current.reset(token)


def current() -> str:
    """The id of the request at hand, ``"-"`` outside of one."""
    return _current.get()


class RequestIdFilter(logging.Filter):
    """Gives each log record a ``request_id``. Attach it to a handler to have the id on every line of the process."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current()
        return True


def tag_log_records() -> None:
    """Tag what this package logs, whatever the host's logging settings are."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, RequestIdFilter) for each in logger.filters):
            logger.addFilter(RequestIdFilter())
