"""The JSON reader that cannot be crashed, and that never returns what a database cannot store.

Beyond RFC 8259 it refuses what the standard leaves open: duplicate keys, integers outside 64 bits, NaN and infinities,
NUL and lone surrogates (also when escaped), a byte order mark, and anything too large, too deep or of too many values.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite
from typing import NoReturn, TypeAlias

from billing_customers.dialects import python_repr
from billing_customers.exceptions import InputTooLarge, MalformedInput

JSONValue: TypeAlias = "dict[str, JSONValue] | list[JSONValue] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read.

    ``max_bytes`` counts UTF-8 bytes of the whole text, ``max_depth`` objects and arrays inside one another (a lone
    number has depth 0), ``max_nodes`` all values, objects and arrays included, keys not.
    """

    max_bytes: int = 262_144
    max_depth: int = 12
    max_nodes: int = 2_000


DEFAULT_LIMITS = Limits()

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
_INT64_LONGEST = len(str(INT64_MIN))


def read_json(body: bytes, *, limits: Limits = DEFAULT_LIMITS) -> JSONValue:
    """Read one JSON text from the raw bytes of a request.

    Raises ``InputTooLarge`` (bytes, nodes) or ``MalformedInput`` (everything else), never anything else.
    """
    _refuse_oversize(len(body), limits)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedInput("The JSON text is not valid UTF-8.") from None
    return _parse(text, limits)


def read_json_text(text: str, *, limits: Limits = DEFAULT_LIMITS) -> JSONValue:
    """Read one JSON text that came inside something else, such as a form value. Raises as ``read_json`` does."""
    _refuse_oversize(len(text), limits)
    _refuse_oversize(len(_utf8(text)), limits)
    return _parse(text, limits)


def read_literal_or_json(text: str, *, limits: Limits = DEFAULT_LIMITS) -> JSONValue:
    """Read JSON or, where the text is not JSON, what ``str()`` of a Python dict or list looks like.

    chargebee-python sends a dict in the second form. Both are held to the same rules; tuples, sets, bytes and complex
    numbers are refused. Raises as ``read_json`` does; for a text that is neither, the error is that of JSON.
    """
    try:
        return read_json_text(text, limits=limits)
    except MalformedInput as refusal:
        try:
            translated = python_repr.to_json(text)
        except MalformedInput:
            raise refusal from None
    return _parse(translated, limits)


def refuse_unstorable_text(text: str) -> None:
    """Raise ``MalformedInput`` where the text holds NUL or a lone surrogate, which no database column takes."""
    if "\0" in text:
        raise MalformedInput("The text contains the character U+0000.")
    if not text.isascii():
        _utf8(text)


def _parse(text: str, limits: Limits) -> JSONValue:
    if text.startswith("\ufeff"):
        raise MalformedInput("The JSON text begins with a byte order mark.")
    _refuse_depth(text, limits)
    try:
        value: JSONValue = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        # Not chained: the error carries the whole document, which may hold a card number.
        raise MalformedInput(f"The text is not JSON: line {error.lineno}, column {error.colno}.") from None
    _walk(value, limits)
    return value


def _refuse_oversize(size: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise InputTooLarge(f"The text is larger than {limits.max_bytes} bytes.")


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedInput("The text contains a lone surrogate.") from None


# Strings and whatever else is not a bracket. The closing quote is optional and the quantifiers are possessive: no match
# can fail half way, so the scan is linear. Up to the first syntax error it sees the same brackets as the decoder does.
_NOT_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^\[\]{}"]++', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def _refuse_depth(text: str, limits: Limits) -> None:
    """Before the decoder runs: it recurses, and RecursionError is not a ValueError."""
    if text.count("[") + text.count("{") <= limits.max_depth:
        return
    brackets = _NOT_BRACKETS.sub("", text)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > limits.max_depth:
        raise MalformedInput(f"The JSON text is nested more than {limits.max_depth} levels deep.")


def _object(pairs: list[tuple[str, JSONValue]]) -> dict[str, JSONValue]:
    result = dict(pairs)
    if len(result) != len(pairs):
        repeated = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise MalformedInput(f"The key {repeated[:40]!a} appears more than once in one object.")
    return result


def _integer(digits: str) -> int:
    # Length first: converting very long digit strings takes quadratic time, or raises, as the interpreter is set.
    if len(digits) > _INT64_LONGEST or not INT64_MIN <= (value := int(digits)) <= INT64_MAX:
        raise MalformedInput("An integer is outside the range of 64 bits.")
    return value


def _float(digits: str) -> float:
    if not isfinite(value := float(digits)):
        raise MalformedInput("A number is too large for a 64-bit float.")
    return value


def _constant(name: str) -> NoReturn:
    raise MalformedInput(f"{name} is not a JSON value.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def _walk(value: JSONValue, limits: Limits) -> None:
    """Count the values and look at each text, level by level and without recursion."""
    level, nodes = [value], 0
    while level:
        nodes += len(level)
        if nodes > limits.max_nodes:
            raise InputTooLarge(f"The JSON text has more than {limits.max_nodes} values.")
        level = [child for item in level for child in _checked_children(item)]


def _checked_children(item: JSONValue) -> Iterable[JSONValue]:
    if isinstance(item, str):
        refuse_unstorable_text(item)
    elif isinstance(item, dict):
        for key in item:
            refuse_unstorable_text(key)
        return item.values()
    elif isinstance(item, list):
        return item
    return ()
