"""What proves to a receiver that a delivery is ours: CHING's signature, Standard Webhooks, basic auth."""

from __future__ import annotations

import base64
import hmac
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from datetime import datetime

from billing_customers.events.sealing import WEBHOOK_PREFIX, Secret, is_webhook_secret

# No dot: it separates the parts of what is signed.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def ching_signature(secret: Secret, body: bytes) -> str:
    """``Ching-Signature``: HMAC-SHA256 of the raw body in lower-case hex, keyed with the whole text, ``whsec_`` too."""
    return hmac.digest(secret.reveal().encode(), body, "sha256").hex()


def standard_headers(secrets: Sequence[Secret], *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0: id, time of the attempt ``at``, and a signature for each secret.

    While a secret is being rotated there are two, the new one first; either of them verifies. Without any secret there
    is no signature. Raises ``ValueError`` for a message id with other characters than ``A-Z a-z 0-9 _``, for a naive
    time and for a secret that is not one.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("A message id consists of 1 to 255 letters, digits and underscores.")
    if at.tzinfo is None:
        raise ValueError("The time of an attempt must be aware.")
    timestamp = str(int(at.timestamp()))
    signed = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp}
    if secrets:
        headers["webhook-signature"] = " ".join([_signature(secret, signed) for secret in secrets])
    return headers


def basic_auth(username: str, password: str) -> str:
    """The value of ``Authorization`` for basic auth (RFC 7617), in UTF-8.

    Raises ``ValueError`` for a colon in the username and for control characters: no receiver could read them back.
    """
    if ":" in username or _CONTROL.search(username) or _CONTROL.search(password):
        raise ValueError("A username has no colon, and neither it nor the password has control characters.")
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _signature(secret: Secret, signed: bytes) -> str:
    text = secret.reveal()
    if not is_webhook_secret(text):
        raise ValueError("A webhook secret is whsec_ and 24 to 64 bytes in base64.")
    digest = hmac.digest(a2b_base64(text[len(WEBHOOK_PREFIX) :]), signed, "sha256")
    return "v1," + b2a_base64(digest, newline=False).decode()
