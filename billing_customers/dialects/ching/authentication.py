from __future__ import annotations

import re

from rest_framework.request import Request

from billing_customers.dialects.authentication import KeyAuthentication

_BEARER = re.compile(r"\ABearer ([A-Za-z0-9_]{1,200})\Z", re.IGNORECASE)


class BearerAuthentication(KeyAuthentication):
    """``Authorization: Bearer <key>``."""

    def key_text(self, header: str) -> str | None:
        match = _BEARER.match(header)
        return match[1] if match else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
