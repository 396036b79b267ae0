from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from billing_customers.dialects.chargebee.brackets import read_form
from billing_customers.dialects.parsers import read_body


class BracketFormParser(BaseParser):
    """A form with bracketed keys, as plain nested dicts: a QueryDict would make absent booleans false."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return read_form(read_body(stream, parser_context))
