"""Form bodies and query strings with bracketed keys, read into plain nested dicts.

On Chargebee's wire: ``parent[child]=v``, column-major arrays ``name[field][0]=v``, and filters
``attribute[operator]=v``, whose list operators take one value that holds a bracketed list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

from billing_customers.dialects.strict_json import read_literal_or_json, refuse_unstorable_text
from billing_customers.exceptions import InputTooLarge, MalformedInput

FormData: TypeAlias = dict[str, Any]
"""Names to ``str``, to ``list[str]`` (a bare key sent more than once) or to a dict of either names or indexes."""

MAX_BYTES = 262_144
MAX_FIELDS = 1_000
MAX_KEY_LENGTH = 300
MAX_INDEX = 999
MAX_LIST_ITEMS = 100

_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_KEY = re.compile(r"[A-Za-z0-9_.\-]+(?:\[[A-Za-z0-9_.\-]+\]){0,3}")
_BRACKETS = re.compile(r"[\[\]]+")

_Path: TypeAlias = "list[str | int]"


def read_form(body: bytes) -> FormData:
    """Read an ``application/x-www-form-urlencoded`` body.

    Blank values stay ``""`` and nothing is stripped. A key that is not ``name`` or ``name[a][b][c]`` at most, or that
    leads through a value that another key gave, is ignored, as unknown parameters are. An index (``[0]``) becomes an
    ``int``, gaps stay.

    Raises ``InputTooLarge`` (bytes, fields, length of a key) or ``MalformedInput``: invalid UTF-8 or percent-encoding,
    NUL, an index over 999, a bracketed key that is given twice.
    """
    fields = [(path, value) for key, value in _fields(body) if (path := _path(key))]
    # Short keys first, so that of ``a[b]=1&a[b][c]=2`` the same one is ignored in either order.
    fields.sort(key=lambda field: len(field[0]))
    data: FormData = {}
    for path, value in fields:
        _put(data, path, value)
    return data


def read_query(query_string: str | bytes) -> FormData:
    """Read a query string, without its ``?``, as ``read_form`` reads a body.

    A ``str`` is taken as WSGI gives it (each character is a byte) where that is possible, so
    ``request.META["QUERY_STRING"]`` can be passed as it is.
    """
    if isinstance(query_string, bytes):
        return read_form(query_string)
    try:
        return read_form(query_string.encode("latin-1"))
    except UnicodeEncodeError:
        return read_form(query_string.encode("utf-8", "surrogatepass"))


def _fields(body: bytes) -> Iterator[tuple[str, str]]:
    _refuse_unreadable(body)
    for field in body.replace(b"+", b" ").split(b"&"):
        if field:
            key, _, value = field.partition(b"=")
            yield _decoded(key), _decoded(value)


def _refuse_unreadable(body: bytes) -> None:
    if len(body) > MAX_BYTES:
        raise InputTooLarge(f"The parameters are larger than {MAX_BYTES} bytes.")
    if body.count(b"&") >= MAX_FIELDS:
        raise InputTooLarge(f"There are more than {MAX_FIELDS} parameters.")
    if b"\0" in body or b"%00" in body:
        raise MalformedInput("The parameters contain the character U+0000.")
    if _BAD_PERCENT.search(body):
        raise MalformedInput("The parameters have a % that is not followed by two hexadecimal digits.")


def _decoded(encoded: bytes) -> str:
    try:
        return unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedInput("The parameters are not valid UTF-8.") from None


def _path(key: str) -> _Path:
    """Split ``a[b][0]`` into ``["a", "b", 0]``; empty where the key is not of that grammar."""
    if len(key) > MAX_KEY_LENGTH:
        raise InputTooLarge(f"The name of a parameter is longer than {MAX_KEY_LENGTH} characters.")
    if not _KEY.fullmatch(key):
        return []
    name, *inner = _BRACKETS.split(key.removesuffix("]"))
    if any(part.isdecimal() and part != "0" and part[0] == "0" for part in inner):
        return []  # ``[00]`` would be a second spelling of ``[0]``
    return [name, *(_index(part) if part.isdecimal() else part for part in inner)]


def _index(digits: str) -> int:
    # Length first: the conversion of very long digit strings can raise.
    if len(digits) > len(str(MAX_INDEX)) or int(digits) > MAX_INDEX:
        raise MalformedInput(f"An index is larger than {MAX_INDEX}.")
    return int(digits)


def _put(data: FormData, path: _Path, value: str) -> None:
    target: dict[Any, Any] = data
    for part in path[:-1]:
        if not _same_kind(target, part):
            return
        inner = target.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        target = inner
    last = path[-1]
    if not _same_kind(target, last):
        return
    if last not in target:
        target[last] = value
    elif len(path) > 1:
        raise MalformedInput("A bracketed parameter is given more than once.")
    else:
        _append(target, last, value)


def _same_kind(target: dict[Any, Any], part: str | int) -> bool:
    """Names and indexes never share a dict, so that whoever reads it can sort its keys."""
    return not target or type(next(iter(target))) is type(part)


def _append(target: dict[Any, Any], name: str | int, value: str) -> None:
    present = target[name]
    if isinstance(present, list):
        present.append(value)
    else:
        target[name] = [present, value]


_ITEM = re.compile(
    r"""
    [ ]*+
    (?: (?P<quoted> "[^"\\]*+(?:\\.[^"\\]*+)*+" | '[^'\\]*+(?:\\.[^'\\]*+)*+' )
      | (?P<bare> [^\s,"'\[\]{}][^,\[\]]*+ ) )
    [ ]*+
    (?P<end> , | \]\Z )
    """,
    re.VERBOSE,
)


def read_bracket_list(text: str) -> list[str]:
    """Read the value of a list operator: ``["a","b c"]``, ``['a', "d'e"]``, ``[15,16]``, ``[a,b]`` or ``[]``.

    Quoted items follow JSON or, failing that, Python; all others, numbers too, are their own text without surrounding
    blanks. Raises ``MalformedInput`` where the text is not such a list or has more than 100 items.
    """
    refuse_unstorable_text(text)
    if re.fullmatch(r"\[ *\]", text):
        return []
    items: list[str] = []
    position = 1 if text.startswith("[") else len(text)
    while match := _ITEM.match(text, position):
        items.append(_item(match))
        if match.group("end") == "]":
            return items
        if len(items) == MAX_LIST_ITEMS:
            raise MalformedInput(f"A list has more than {MAX_LIST_ITEMS} items.")
        position = match.end()
    raise MalformedInput("The value is not a list in square brackets.")


def _item(match: re.Match[str]) -> str:
    quoted = match.group("quoted")
    return str(read_literal_or_json(quoted)) if quoted else match.group("bare").rstrip(" ")
