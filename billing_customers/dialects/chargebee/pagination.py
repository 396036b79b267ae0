"""``limit`` and ``offset``. An offset is a signed position: what it holds cannot be altered, nor used for another
list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson
from django.core import signing

from billing_customers.dialects.chargebee.inputs.params import Unreadable, integer
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.models import BillingSite
from billing_customers.queries.customers import Cursor

DEFAULT_LIMIT = 10
MAX_LIMIT = 100
MAX_OFFSET = 1000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an offset is good for: one site, one list, one set of filters, one order."""

    site: BillingSite
    digest: str

    @classmethod
    def of(cls, site: BillingSite, *parts: Any) -> Scope:
        """The scope of a list that ``parts`` (anything that JSON can say) tell apart."""
        canonical = orjson.dumps([site.pk, *parts], option=orjson.OPT_SORT_KEYS, default=str)
        return cls(site, hashlib.blake2b(canonical, digest_size=12).hexdigest())

    def seal(self, cursor: Cursor) -> str:
        """The offset after which the list goes on at ``cursor``."""
        return self.seal_position((cursor.value - _EPOCH) // _MICROSECOND, cursor.pk)

    def open(self, query: Mapping[str, Any]) -> Cursor | None:
        """The position in ``query["offset"]``, ``None`` without one. Raises :class:`InvalidInput`."""
        position = self.open_position(query)
        return None if position is None else Cursor(_EPOCH + position[0] * _MICROSECOND, position[1])

    def seal_position(self, value: int, pk: int) -> str:
        """As :meth:`seal`, for a list that is ordered by a number."""
        return _signer().sign_object([self.digest, value, pk])

    def open_position(self, query: Mapping[str, Any]) -> tuple[int, int] | None:
        """As :meth:`open`, for a list that is ordered by a number."""
        offset = query.get("offset")
        if offset is None or offset == "":
            return None
        try:
            if not isinstance(offset, str) or len(offset) > MAX_OFFSET:
                raise signing.BadSignature
            digest, value, pk = _signer().unsign_object(offset)
            if digest != self.digest:
                raise signing.BadSignature
        except (signing.BadSignature, ValueError):
            # ValueError: what was signed is whole, what is not signed may not even decode.
            raise InvalidInput([Issue("offset", "Must be the next_offset of the same list.")]) from None
        return value, pk


def _signer() -> signing.Signer:
    return signing.Signer(salt="billing_customers.offset", sep=".")


def read_limit(query: Mapping[str, Any]) -> int:
    """``limit``, 1 to 100, 10 without one. Raises :class:`InvalidInput`."""
    given = query.get("limit")
    if given is None or given == "":
        return DEFAULT_LIMIT
    try:
        limit = integer(given)
    except Unreadable:
        limit = 0
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput([Issue("limit", f"Must be an integer from 1 to {MAX_LIMIT}.")])
    return limit


S = TypeVar("S", bound=str)


def read_sort(query: Mapping[str, Any], columns: Sequence[S]) -> tuple[S, bool]:
    """``sort_by[asc|desc]=`` one of ``columns``, as column and "descending". Without one the first, oldest first."""
    given = query.get("sort_by")
    if not isinstance(given, dict) or not given:
        return columns[0], False
    order, column = next(iter(given.items()))
    if len(given) > 1 or order not in {"asc", "desc"}:
        raise InvalidInput([Issue("sort_by", "Must be sort_by[asc] or sort_by[desc].")])
    if column not in columns:
        raise InvalidInput([Issue(f"sort_by.{order}", f"Must be {' or '.join(columns)}.")])
    return column, order == "desc"
