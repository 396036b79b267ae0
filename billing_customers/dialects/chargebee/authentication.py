from __future__ import annotations

import base64
import binascii
import re

from rest_framework.request import Request

from billing_customers.dialects.authentication import KeyAuthentication

_BASIC = re.compile(r"\ABasic ([A-Za-z0-9+/]{1,400}={0,2})\Z", re.IGNORECASE)


class BasicAuthentication(KeyAuthentication):
    """HTTP Basic: the user is the key, the password is empty."""

    def key_text(self, header: str) -> str | None:
        match = _BASIC.match(header)
        if match is None:
            return None
        try:
            user, colon, password = base64.b64decode(match[1], validate=True).decode("ascii").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return user if colon and not password else None

    def authenticate_header(self, request: Request) -> str:
        return "Basic"
