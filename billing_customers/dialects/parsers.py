"""Request bodies, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from billing_customers.dialects.strict_json import read_json
from billing_customers.exceptions import InputTooLarge, MalformedInput

MAX_BODY = 262_144
MAX_LENGTH_DIGITS = 18


def read_body(stream: IO[bytes], parser_context: Mapping[str, Any] | None) -> bytes:
    """The body, which is never longer than 256 KiB. Raises :class:`InputTooLarge`, :class:`MalformedInput`."""
    request = (parser_context or {}).get("request")
    declared = declared_length(request.META) if request is not None else 0
    if declared > MAX_BODY:
        raise InputTooLarge(f"The request body is larger than {MAX_BODY} bytes.")
    body = stream.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise InputTooLarge(f"The request body is larger than {MAX_BODY} bytes.")
    if len(body) < declared:
        raise MalformedInput("The request body did not arrive whole.")
    return body


def declared_length(meta: Mapping[str, Any]) -> int:
    """``Content-Length`` in bytes, 0 without one. Raises :class:`MalformedInput`.

    Without a length that it understands, Django takes the body for empty, and an update would go on with nothing.
    """
    declared = str(meta.get("CONTENT_LENGTH") or "")
    if not declared and "HTTP_TRANSFER_ENCODING" in meta:
        raise MalformedInput("A request body needs a Content-Length; chunks are not read here.")
    if not declared:
        return 0
    if not (declared.isascii() and declared.isdigit() and len(declared) <= MAX_LENGTH_DIGITS):
        raise MalformedInput("The Content-Length cannot be read.")
    return int(declared)


class StrictJsonParser(BaseParser):
    """A JSON object."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = read_body(stream, parser_context)
        data = read_json(body) if body.strip() else {}
        if not isinstance(data, dict):
            raise MalformedInput("The request body must be a JSON object.")
        return data
