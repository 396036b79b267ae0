"""A sample and an answer, key by key: presence, nesting, JSON types and values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Stands in a sample for any number of further elements.
MORE = "{..}"

_ANY_TEXT = re.compile(r"\S(?:.*\S)?", re.DOTALL)
_SECONDS = re.compile(r"[1-9][0-9]{9}")

# What a server makes up itself: of these only the type and the form are those of the sample.
MASKS: dict[str, re.Pattern[str]] = {
    "id": _ANY_TEXT,
    "customer_id": _ANY_TEXT,
    "payment_source_id": _ANY_TEXT,
    "primary_payment_source_id": _ANY_TEXT,
    "gateway_account_id": _ANY_TEXT,
    "reference_id": _ANY_TEXT,
    "id_at_gateway": _ANY_TEXT,
    "subscription_id": _ANY_TEXT,
    "message": _ANY_TEXT,
    "created": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "created_at": _SECONDS,
    "updated_at": _SECONDS,
    "applied_at": _SECONDS,
    "invoice_date": _SECONDS,
    "date": _SECONDS,
    "resource_version": re.compile(r"[1-9][0-9]{12}"),
}

# Where an answer has a page of an installation's resources.
_LISTS = frozenset({"data", "list"})

# Ids of our own keep the prefix that says of what they are; those of a gateway are the gateway's affair.
_OWN_IDS = {"id", "payment_source_id", "primary_payment_source_id"}
_PREFIX = re.compile(r"(?:cus|contact|pm|txn)_")


class Kind(StrEnum):
    MISSING = "missing"
    EXTRA = "extra"
    TYPE = "type"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Difference:
    """``at`` is a path such as ``data[0].email``; ``expected`` and ``found`` are JSON values, ``None`` without one."""

    at: str
    kind: Kind
    expected: Any = None
    found: Any = None


def compare(expected: Any, found: Any, given: AbstractSet[str] = frozenset(), at: str = "") -> list[Difference]:
    """Every difference of ``found`` from the sample ``expected``.

    ``given`` are the texts that the caller itself sent: where a masked value is one of them, it must come back.
    """
    return list(_differences(expected, found, given, at))


def _differences(expected: Any, found: Any, given: AbstractSet[str], at: str) -> Iterator[Difference]:
    if type(expected) is not type(found):
        yield Difference(at, Kind.TYPE, expected, found)
    elif isinstance(expected, dict):
        yield from _in_object(expected, found, given, at)
    elif isinstance(expected, list):
        yield from _in_array(expected, found, given, at)
    elif not _is_same(expected, found, given, at):
        yield Difference(at, Kind.VALUE, expected, found)


def _in_object(
    expected: dict[str, Any], found: dict[str, Any], given: AbstractSet[str], at: str
) -> Iterator[Difference]:
    for key in [*expected, *(key for key in found if key not in expected)]:
        path = f"{at}.{key}" if at else key
        if key not in found:
            yield Difference(path, Kind.MISSING, expected=expected[key])
        elif key not in expected:
            yield Difference(path, Kind.EXTRA, found=found[key])
        else:
            yield from _differences(expected[key], found[key], given, path)


def _in_array(expected: list[Any], found: list[Any], given: AbstractSet[str], at: str) -> Iterator[Difference]:
    shown = [item for item in expected if item != MORE]
    if at in _LISTS and len(found) > len(shown):
        # An installation that is up has customers of its own.
        own = [item for item in found if id_of(item) in given]
        found = own if own and len(own) == len(shown) else found
    if len(found) < len(shown) or (len(found) > len(shown) and len(shown) == len(expected)):
        yield Difference(f"{at}[]", Kind.VALUE, len(shown), len(found))
        return
    for index, item in enumerate(shown):
        yield from _differences(item, _counterpart(item, found, index, given), given, f"{at}[{index}]")


def _counterpart(item: Any, found: list[Any], index: int, given: AbstractSet[str]) -> Any:
    """The element with the id of ``item``, if the caller gave that id; else the one in the same place."""
    identity = id_of(item)
    same = [each for each in found if identity in given and id_of(each) == identity]
    return same[0] if same else found[index]


def id_of(item: Any) -> str | None:
    """The id of a resource, or of the resource that a list of Chargebee's wraps in ``{"customer": …}``."""
    if not isinstance(item, dict):
        return None
    own = item.get("id")
    if own is None and len(item) == 1:
        return id_of(next(iter(item.values())))
    return own if isinstance(own, str) else None


def _is_same(expected: Any, found: Any, given: AbstractSet[str], at: str) -> bool:
    key = at.rpartition(".")[2]
    mask = MASKS.get(key)
    if mask is None or str(expected) in given:
        return bool(expected == found)
    prefix = _PREFIX.match(str(expected)) if key in _OWN_IDS else None
    return mask.fullmatch(str(found)) is not None and (prefix is None or str(found).startswith(prefix[0]))
