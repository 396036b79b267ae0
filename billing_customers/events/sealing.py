"""Secrets that have to be read again: encrypted in the database, masked wherever they are shown."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.views.decorators.debug import sensitive_variables

from billing_customers.conf import billing_settings

WEBHOOK_PREFIX = "whsec_"

_VERSION = "v1"
_NONCE_BYTES = 12
_SHOWN = 4
# The end of a shorter text would give too much of it away.
_MIN_LENGTH_TO_SHOW = 16


class Unsealable(Exception):
    """A sealed text cannot be opened: it was changed, belongs elsewhere, or its key is not in the settings."""


class Secret:
    """A text that shows itself as a mask, such as ``whsec_****1234``, and is had by :meth:`reveal` only.

    It is not a ``str``, cannot be pickled, and compares in constant time.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        prefix = WEBHOOK_PREFIX if self._text.startswith(WEBHOOK_PREFIX) else ""
        shown = self._text[-_SHOWN:] if len(self._text) - len(prefix) >= _MIN_LENGTH_TO_SHOW else ""
        return f"{prefix}****{shown}"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return format(repr(self), format_spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A Secret cannot be pickled or copied: it would be written down in clear.")


@sensitive_variables()
def seal(text: str, *, purpose: str) -> str:
    """Encrypt ``text`` by AES-256-GCM with the first of the encryption keys: ``v1.<key id>.<base64url>``.

    ``purpose``, such as ``"endpoint:we_abc:secret"``, is authenticated with it: a sealed text that was moved to another
    row or column does not open there.
    """
    key = billing_settings.encryption_keys[0]
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + _cipher(key).encrypt(nonce, text.encode(), purpose.encode())
    return f"{_VERSION}.{_key_id(key)}.{base64.urlsafe_b64encode(sealed).decode()}"


@sensitive_variables()
def open_sealed(sealed: str, *, purpose: str) -> Secret:
    """Decrypt what :func:`seal` made for the same ``purpose``, with whichever of the encryption keys it was made.

    Raises :class:`Unsealable`.
    """
    version, _, rest = sealed.partition(".")
    key_id, _, text = rest.partition(".")
    if version != _VERSION or not text:
        raise Unsealable("This is not a sealed text of a version that is known here.")
    key = next((key for key in billing_settings.encryption_keys if _key_id(key) == key_id), None)
    if key is None:
        raise Unsealable(
            "The key that sealed this is gone: add it to ENCRYPTION_KEYS, or its SECRET_KEY to the fallbacks."
        )
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
        return Secret(_cipher(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode())
    except (InvalidTag, ValueError) as error:
        raise Unsealable("The sealed text was changed, or sealed for another purpose: make a new secret.") from error


def new_webhook_secret() -> Secret:
    """A fresh secret: ``whsec_`` and 32 random bytes in base64."""
    return Secret(WEBHOOK_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode())


def is_webhook_secret(text: str) -> bool:
    """Whether ``text`` is ``whsec_`` and 24 to 64 bytes in base64, as Standard Webhooks wants it."""
    encoded = text.removeprefix(WEBHOOK_PREFIX)
    if encoded == text:
        return False
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return 24 <= len(key) <= 64 and base64.b64encode(key).decode() == encoded


# Both are asked for by key material, so that a change of the settings needs no clearing.
@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=16)
def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"billing_customers.key_id\x00" + key).hexdigest()[:8]
