"""Identifiers that callers see."""

from __future__ import annotations

import re
import secrets
import string

URL_SAFE = string.ascii_letters + string.digits + "_-"
MAX_LENGTH = 50
RESERVED = frozenset({"move", "merge", "upsert"})

_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f/\ud800-\udfff]")


def new_customer_id() -> str:
    """A fresh id: ``cus_`` and 12 URL-safe characters (72 random bits), as CHING makes them."""
    return "cus_" + "".join(secrets.choice(URL_SAFE) for _ in range(12))


def new_contact_id() -> str:
    """A fresh contact id: ``contact_`` and 16 URL-safe characters."""
    return "contact_" + "".join(secrets.choice(URL_SAFE) for _ in range(16))


def new_event_id() -> str:
    """A fresh event id: ``evt_`` and 26 letters and digits. It is the ``webhook-id``, which has no other characters."""
    return "evt_" + secrets.token_hex(13)


def new_endpoint_id() -> str:
    """A fresh id of a webhook endpoint: ``we_`` and 16 URL-safe characters."""
    return "we_" + "".join(secrets.choice(URL_SAFE) for _ in range(16))


def new_id(prefix: str, length: int = 12) -> str:
    """A fresh id such as ``pm_WMc9X22NT1af``: the prefix, ``_`` and ``length`` URL-safe characters."""
    return f"{prefix}_" + "".join(secrets.choice(URL_SAFE) for _ in range(length))


def fault_of_customer_id(text: str) -> str | None:
    """Why a caller's id cannot be used, as a sentence; ``None`` when it can.

    An id stands in a URL path: ``/`` and control characters cannot be reached there, surrounding blanks are taken
    off by clients, and ``.`` and ``..`` are steps of a path. ``move``, ``merge`` and ``upsert`` are operations.
    """
    fault = fault_of_id(text, MAX_LENGTH)
    if fault is None and text in RESERVED:
        return f"{text!r} is reserved."
    return fault


def fault_of_id(text: str, max_length: int) -> str | None:
    """The same of any resource that a path names, less the words that are reserved among customers."""
    if not text:
        return "An id cannot be empty."
    if len(text) > max_length:
        return f"An id has at most {max_length} characters."
    if _REFUSED.search(text):
        return "An id cannot contain / or control characters."
    if text != text.strip():
        return "An id cannot begin or end with a blank."
    if text in {".", ".."}:
        return f"{text!r} is reserved."
    return None
