"""The text of an API key: ``ck_test_`` or ``ck_live_``, random letters and digits, and a checksum; 96 characters in
all.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import zlib

LENGTH = 96
CHECKSUM_LENGTH = 6

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_key(prefix: str, *, livemode: bool) -> str:
    """A fresh key; some 480 random bits with the usual prefix ``ck``."""
    start = f"{prefix}_{'live' if livemode else 'test'}_"
    body = start + "".join(secrets.choice(_BASE62) for _ in range(LENGTH - CHECKSUM_LENGTH - len(start)))
    return body + _checksum(body)


def is_well_formed(text: str) -> bool:
    """Whether ``text`` can be a key at all, without asking the database."""
    if len(text) != LENGTH or not text.isascii():
        return False
    return _checksum(text[:-CHECKSUM_LENGTH]) == text[-CHECKSUM_LENGTH:]


def digest(text: str) -> str:
    """What is stored of a key: its SHA-256, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def hint(text: str) -> str:
    """What is shown of a key later: its prefix and its last four characters."""
    return f"{text[:8]}…{text[-4:]}"


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(CHECKSUM_LENGTH):
        number, remainder = divmod(number, len(_BASE62))
        digits.append(_BASE62[remainder])
    return "".join(reversed(digits))
