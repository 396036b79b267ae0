"""How a parameter's wire form becomes a value. Limits and enumerations are the operation's to judge."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from billing_customers.dialects.chargebee.brackets import read_bracket_list
from billing_customers.dialects.strict_json import read_literal_or_json
from billing_customers.exceptions import InvalidInput, Issue, MalformedInput

Reader = Callable[[Any], Any]

_NO_LIST = "Must be a list, with an index for each item, from [0] on."
_INTEGER = re.compile(r"\A-?(?:0|[1-9][0-9]{0,18})\Z")


class Unreadable(Exception):
    """The value is not of the parameter's type; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter: the canonical attribute it sets, its type, and a limit where the contract's is below the
    product's.
    """

    attribute: str
    read: Reader
    max_length: int | None = None


def text(value: Any) -> str:
    """A single string; a repeated parameter is none."""
    if not isinstance(value, str):
        raise Unreadable("Must be a single string.")
    return value


def integer(value: Any) -> int:
    """Decimal ASCII digits, or a number in a JSON body."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _INTEGER.match(value):
        raise Unreadable("Must be an integer.")
    return int(value)


def boolean(value: Any) -> bool:
    """``true`` or ``false``, or either in a JSON body."""
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise Unreadable("Must be true or false.")
    return bool(value == "true")


def json_object(value: Any) -> Any:
    """JSON in one form value, the Python literal that chargebee-python makes of a dict, or the object in a JSON
    body.
    """
    if isinstance(value, str):
        value = _literal(value)
    if not isinstance(value, dict):
        raise Unreadable("Must be a JSON object.")
    return value


def json_array(value: Any) -> Any:
    """As :func:`json_object`; chargebee-python sends a list as one field for each element."""
    if isinstance(value, str):
        literal = _literal(value)
        value = [literal] if isinstance(literal, dict) else literal
        if not isinstance(value, list):
            raise Unreadable("Must be a JSON array.")
        return value
    if isinstance(value, list):
        return [_literal(item) if isinstance(item, str) else item for item in value]
    raise Unreadable("Must be a JSON array.")


def texts(value: Any) -> list[str]:
    """``name[0]=…&name[1]=…``, the same name given more than once, a list in brackets, or an array in a JSON body."""
    if isinstance(value, str):
        try:
            value = read_bracket_list(value)
        except MalformedInput:
            raise Unreadable(_NO_LIST) from None
    if isinstance(value, dict) and all(isinstance(index, int) for index in value):
        value = [value[index] for index in sorted(value)]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unreadable(_NO_LIST)
    return value


def read_params(table: Mapping[str, Param], given: Mapping[str, Any], *, within: str = "") -> dict[str, Any]:
    """The attributes that ``given`` sets, by ``table``; what is not in the table is ignored.

    An empty value and null unset: ``None``. Raises :class:`InvalidInput` with every fault; ``within`` is the
    parameter that the names are parts of.
    """
    attributes: dict[str, Any] = {}
    issues: list[Issue] = []
    for name, param in table.items():
        if name not in given:
            continue
        value = given[name]
        try:
            attributes[param.attribute] = None if value is None or value == "" else _read(param, value)
        except Unreadable as unreadable:
            issues.append(Issue(f"{within}.{name}" if within else name, str(unreadable)))
    if issues:
        raise InvalidInput(issues)
    return attributes


def part(given: Mapping[str, Any], name: str, *, example: str = "email") -> Mapping[str, Any] | None:
    """The parameters ``name[…]``, or ``None`` when there are none. Raises :class:`InvalidInput` for a plain
    ``name=…``, with an ``example`` of a part.
    """
    value = given.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, dict):
        raise InvalidInput([Issue(name, f"Takes parts, such as {name}[{example}].")])
    return value


def read_flag(given: Mapping[str, Any], name: str) -> bool:
    """A boolean that is false when it is not given. Raises :class:`InvalidInput`."""
    return bool(read_params({name: Param(name, boolean)}, given).get(name))


def _read(param: Param, value: Any) -> Any:
    read = param.read(value)
    if param.max_length is not None and len(read) > param.max_length:
        raise Unreadable(f"Must have at most {param.max_length} characters.")
    return read


def _literal(text_of_it: str) -> Any:
    try:
        return read_literal_or_json(text_of_it)
    except MalformedInput as error:
        raise Unreadable(f"Must be JSON. {error.message}") from None
