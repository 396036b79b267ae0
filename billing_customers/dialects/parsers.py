"""Request bodies, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from billing_customers.dialects.strict_json import read_json
from billing_customers.exceptions import InputTooLarge, MalformedInput

MAX_BODY = 262_144


def read_body(stream: IO[bytes], parser_context: Mapping[str, Any] | None) -> bytes:
    """The body, which is never longer than 256 KiB. Raises :class:`InputTooLarge`."""
    request = (parser_context or {}).get("request")
    declared = str(request.META.get("CONTENT_LENGTH") or "0") if request is not None else "0"
    if declared.isdecimal() and int(declared[:12]) > MAX_BODY:
        raise InputTooLarge(f"The request body is larger than {MAX_BODY} bytes.")
    body = stream.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise InputTooLarge(f"The request body is larger than {MAX_BODY} bytes.")
    return body


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
