"""Rules for single values: each takes a value that is not ``None`` and returns it as it is stored, or raises
RuleBroken.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db.models import TextChoices

from billing_customers import currencies
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.matching import email_key

Rule = Callable[[Any], Any]
R = TypeVar("R", bound=Rule)

MAX_JSON_CHARACTERS = 65_535
MAX_JSON_DEPTH = 8
MAX_EMAIL = 254
MAX_CUSTOM_FIELDS = 100
MAX_CUSTOM_FIELD_CHARACTERS = 1_000

_SINGLE_LINE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MULTI_LINE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_CUSTOM_FIELD = re.compile(r"\Acf_[A-Za-z0-9_]{1,100}\Z")
_INT64 = 2**63

_validate_email = EmailValidator()


class RuleBroken(Exception):
    """A value breaks a rule; the message is a sentence that never echoes the value.

    ``part`` names the part of the value that does, if one does.
    """

    def __init__(self, message: str, *part: str) -> None:
        super().__init__(message)
        self.part = part


def says(**schema: Any) -> Callable[[R], R]:
    """Attach to a rule what it demands, in the words of JSON Schema. Calling the rule costs nothing more."""

    def attach(rule: R) -> R:
        vars(rule)["schema"] = schema
        return rule

    return attach


def schema_of(rule: Rule) -> dict[str, Any]:
    """What a rule demands, in the words of JSON Schema. Raises ``KeyError`` when nothing was attached."""
    schema: dict[str, Any] = vars(rule)["schema"]
    return schema


def check(table: Mapping[str, Rule], given: Mapping[str, Any], *, required: Collection[str] = ()) -> dict[str, Any]:
    """The values as they are stored, each by its rule in ``table``; what is not given, or empty, is ``None``.

    Raises :class:`InvalidInput` with every fault, in the order of ``given``.
    """
    values: dict[str, Any] = {}
    issues: list[Issue] = []
    for field, value in given.items():
        values[field] = None
        if value is None or value == "":
            issues += [Issue(field, "Is required.")] if field in required else []
            continue
        try:
            values[field] = table[field](value)
        except RuleBroken as broken:
            issues.append(Issue(field, str(broken)))
    if issues:
        raise InvalidInput(issues)
    return values


def text(max_length: int, *, min_length: int = 0, multiline: bool = False) -> Rule:
    """A string of ``min_length`` to ``max_length`` characters, without control characters."""
    forbidden = _MULTI_LINE if multiline else _SINGLE_LINE

    @says(type="string", **({"minLength": min_length} if min_length else {}), maxLength=max_length)
    def rule(value: Any) -> str:
        if not isinstance(value, str):
            raise RuleBroken("Must be a string.")
        if len(value) > max_length:
            raise RuleBroken(f"Must have at most {max_length} characters.")
        if len(value) < min_length:
            raise RuleBroken(f"Must have at least {min_length} characters.")
        if forbidden.search(value):
            raise RuleBroken("Must not contain control characters.")
        return value

    return rule


_email_text = text(MAX_EMAIL)


@says(type="string", format="email", maxLength=MAX_EMAIL)
def email(value: Any) -> str:
    """An e-mail address, kept as given; surrounding blanks are allowed."""
    given: str = _email_text(value)
    if not given.isascii() and any(unicodedata.category(character) == "Cf" for character in given):
        # A direction mark, pasted along, would make a second customer of the same address.
        raise RuleBroken("Must not contain invisible characters.")
    try:
        _validate_email(given.strip())
    except ValidationError:
        raise RuleBroken("Must be an e-mail address, such as name@example.com.") from None
    # Casefolding makes some letters two; the key has a column of the same length.
    _email_text(email_key(given))
    return given


def one_of(choices: type[TextChoices]) -> Rule:
    """One of the values of ``choices``."""
    allowed = list(choices.values)
    sentence = "Must be one of " + ", ".join(allowed) + "."

    @says(type="string", enum=allowed)
    def rule(value: Any) -> str:
        if value not in allowed:
            raise RuleBroken(sentence)
        return str(value)

    return rule


def integer(low: int, high: int) -> Rule:
    """An integer from ``low`` to ``high``, both included; a boolean is none."""

    @says(type="integer", minimum=low, maximum=high)
    def rule(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise RuleBroken("Must be an integer.")
        if not low <= value <= high:
            raise RuleBroken(f"Must be from {low} to {high}.")
        return value

    return rule


@says(type="boolean")
def boolean(value: Any) -> bool:
    """True or false, nothing that only counts as such."""
    if not isinstance(value, bool):
        raise RuleBroken("Must be true or false.")
    return value


@says(type="string", pattern="^[A-Za-z]{3}$")
def currency(value: Any) -> str:
    """An ISO 4217 code, in upper case whatever the case given."""
    if not isinstance(value, str) or not currencies.is_currency(value.upper()):
        raise RuleBroken("Must be an ISO 4217 currency code, such as USD.")
    return value.upper()


@says(type="object")
def json_object(value: Any) -> dict[str, Any]:
    """A JSON object within the limits of depth, size and numbers."""
    if not isinstance(value, dict):
        raise RuleBroken("Must be a JSON object.")
    _check_json(value)
    return value


@says(type="array")
def json_array(value: Any) -> list[Any]:
    """A JSON array within the same limits."""
    if not isinstance(value, list):
        raise RuleBroken("Must be a JSON array.")
    _check_json(value)
    return value


@says(type="object", maxProperties=MAX_CUSTOM_FIELDS)
def custom_fields(value: Any) -> dict[str, Any]:
    """``{"cf_…": scalar or None}``."""
    if not isinstance(value, dict) or len(value) > MAX_CUSTOM_FIELDS:
        raise RuleBroken(f"Must be an object of at most {MAX_CUSTOM_FIELDS} custom fields.")
    for key, item in value.items():
        if not isinstance(key, str) or not _CUSTOM_FIELD.match(key):
            raise RuleBroken("A custom field's name is cf_ and letters, digits or _.", str(key)[:64])
        if isinstance(item, (dict, list)):
            raise RuleBroken("A custom field holds a single value.", key)
        if isinstance(item, str) and _MULTI_LINE.search(item):
            raise RuleBroken("Must not contain control characters.", key)
        if isinstance(item, str) and len(item) > MAX_CUSTOM_FIELD_CHARACTERS:
            raise RuleBroken(f"A custom field holds at most {MAX_CUSTOM_FIELD_CHARACTERS} characters.", key)
    _check_json(value)
    return value


def _check_json(value: Any) -> None:
    _walk_json(value, 1)
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) > MAX_JSON_CHARACTERS:
        raise RuleBroken(f"Must have at most {MAX_JSON_CHARACTERS} characters as JSON.")


def _walk_json(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise RuleBroken("Must not contain NUL or lone surrogates.")
    elif isinstance(value, dict):
        _check_depth(depth)
        for key, item in value.items():
            if not isinstance(key, str):
                raise RuleBroken("Keys must be strings.")
            _walk_json(key, depth)
            _walk_json(item, depth + 1)
    elif isinstance(value, list):
        _check_depth(depth)
        for item in value:
            _walk_json(item, depth + 1)
    else:
        _check_number(value)


def _check_depth(depth: int) -> None:
    if depth > MAX_JSON_DEPTH:
        raise RuleBroken(f"Must not be nested deeper than {MAX_JSON_DEPTH} levels.")


def _check_number(value: Any) -> None:
    if value is None or isinstance(value, bool):
        return
    if not isinstance(value, int) and not (isinstance(value, float) and math.isfinite(value)):
        raise RuleBroken("Must be JSON: strings, finite numbers, true, false, null, objects and arrays.")
    # Floats too: PostgreSQL writes 1e20 back as an integer of 21 digits, which no answer could hold.
    if not -_INT64 <= value < _INT64:
        raise RuleBroken("Numbers must fit in 64 bits.")
