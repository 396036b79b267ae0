"""What ``str()`` makes of a Python dict or list, rewritten as JSON.

The official Python client of Chargebee does not encode the dicts it is given: ``{'plan': 'gold', 'n': None}`` is on the
wire. The text is rewritten token by token and then read by the strict JSON reader, so no Python parser ever sees what a
stranger sent.
"""

from __future__ import annotations

import json
import re

from billing_customers.exceptions import MalformedInput

_WORDS = {"True": "true", "False": "false", "None": "null"}

# ``other`` takes a single character, so that the first one that fits nothing ends the scan: it stays linear.
_TOKEN = re.compile(
    r"""
    (?P<string> '[^'\\\x00-\x1f]*+(?:\\.[^'\\\x00-\x1f]*+)*+'
              | "[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+" )
  | (?P<word> True | False | None )
  | (?P<plain> [\[\]{}:,0-9+\-.eE\ \t\r\n]++ )
  | (?P<other> [\s\S] )
    """,
    re.VERBOSE,
)

_ESCAPE = re.compile(r"\\(?:x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})|(?P<char>[\s\S]))")
_SIMPLE_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t"}

_quote = json.JSONEncoder(ensure_ascii=False).encode


def to_json(text: str) -> str:
    """Rewrite a Python literal of dicts, lists, strings, numbers, booleans and ``None`` as JSON text.

    Only the tokens are checked, not their order: the JSON reader judges that. Raises ``MalformedInput`` at the first
    character that can be no part of such a literal (tuples, bytes, calls, names, hexadecimal numbers).
    """
    return _TOKEN.sub(_json_token, text)


def _json_token(match: re.Match[str]) -> str:
    token = match.group()
    if match.lastgroup == "string":
        return _quote(_ESCAPE.sub(_unescaped, token[1:-1]))
    if match.lastgroup == "word":
        return _WORDS[token]
    if match.lastgroup == "plain":
        return token
    raise MalformedInput(f"The text is not a Python literal: character {match.start() + 1}.")


def _unescaped(match: re.Match[str]) -> str:
    if match.lastgroup == "char":
        char = _SIMPLE_ESCAPES.get(match.group("char"))
    else:
        code = int(match.group(match.lastgroup or 0), 16)
        char = chr(code) if code <= 0x10FFFF else None
    if char is None:
        raise MalformedInput(f"The text has an unknown escape sequence: {match.group()!a}.")
    return char
