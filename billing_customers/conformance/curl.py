"""What a curl command of the pages sends, without curl."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from billing_customers.conformance.cases import Case, Dialect

PUBLIC_BASES = {
    Dialect.CHING: "https://api.ching.co.il/ching/v1",
    Dialect.CHARGEBEE: "https://{site}.chargebee.com/api/v2",
}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_FLAGS = {"-G"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request: ``path`` from the dialect's base, ``query`` encoded, ``body`` as it is on the wire."""

    method: str
    path: str
    query: str = ""
    body: str = ""
    content_type: str = FORM


def read_curl(case: Case) -> Call:
    """The request of the case's command.

    The method is the page's own word on it: three commands of "Get hierarchy" lack the ``-G`` that makes curl send
    their parameters in the query, though the page says GET.
    """
    url, data = "", []
    for option, value in _options(case.curl):
        if option == "--url":
            url = value
        elif option == "--data-urlencode":
            name, _, content = value.partition("=")
            data.append(f"{name}={quote(content, safe='')}")
        elif option == "-d":
            data.append(value)
    path = url.removeprefix(PUBLIC_BASES[case.dialect])
    content_type = JSON if case.dialect is Dialect.CHING else FORM
    if case.method == "GET":
        return Call("GET", path, query="&".join(data), content_type=content_type)
    return Call(case.method, path, body="&".join(data), content_type=content_type)


def _options(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    words = iter(shlex.split("\n".join(lines))[1:])
    for word in words:
        if word in _FLAGS:
            yield word, ""
        elif word.startswith("-"):
            yield word, next(words)
        else:
            yield "--url", word
