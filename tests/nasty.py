"""What has broken JSON and form readers before, and hypothesis strategies made of it.

Random text finds none of it; sampled atoms find it within a few dozen examples. Endpoint fuzzers take the strategies
``texts``, ``json_values``, ``json_bodies``, ``form_bodies`` and ``literal_texts``.
"""

from __future__ import annotations

import json
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

NASTY_TEXTS = (
    "\0",
    "a\0b",
    "\ud800",
    "x\udfffy",
    "\ufeff",
    "\ufffd",
    "\u202egnp.exe",
    "\u2066\u2069",
    "\u0661\u0662",
    "\uff11\uff12",
    "e\u0301",
    "\u200b",
    "\U0001f469\u200d\U0001f4bb",
    "\x01\x1b[31m\x7f",
    "\r\nX-Injected: 1",
    "a" * 5_000,
    "9" * 4_000,
    "[" * 20_000,
    "{" * 20_000,
    "%00",
    "%zz",
    "%",
    "\\u0000",
    "\\",
    "'",
    '"',
    "__proto__",
    "_connector",
    "pk__in",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' OR 1=1 --",
    "=1+1",
    "NaN",
    "null",
    "None",
    "",
    " ",
)

# Spelled as JSON text, because no Python value gives them.
NASTY_JSON_VALUES = (
    "9" * 4_000,
    "-" + "9" * 400,
    "9223372036854775808",
    "-9223372036854775809",
    "1e400",
    "-1e400",
    "1e-400",
    "NaN",
    "Infinity",
    "-Infinity",
    "\u0661\u0662",
    "01",
    "+1",
    "0x10",
    "1_000",
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\0"',
    '"unterminated',
    "'single'",
    "True",
    "None",
    "[1,]",
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"\\u0000":1}',
    '{"\\ud800":1}',
    "{1:2}",
    "[" * 13 + "]" * 13,
    '{"a":' * 13 + "1" + "}" * 13,
    "[" * 20_000,
    "[" * 20_000 + "]" * 20_000,
    '{"a":' * 20_000,
    '{"a":' * 20_000 + "1" + "}" * 20_000,
    "[" + ",".join("1" * 2_500) + "]",
    '{"' + "k" * 70_000 + '":1}',
    "",
)

NASTY_LITERALS = (
    "(" * 20_000,
    "-" * 20_000 + "1",
    "not " * 5_000 + "1",
    "1" + "+1" * 20_000,
    "a" + ".a" * 20_000,
    "[" * 20_000 + "]" * 20_000,
    "{'a':" * 20_000,
    "'" + "\\'" * 20_000,
    "'\\d'",
    "'\\x00'",
    "'\\ud800'",
    "'\\ud83d\\ude00'",
    "'\\U00110000'",
    "'a' 'b'",
    "(1, 2)",
    "{1, 2}",
    "b'x'",
    "1j",
    "1if 1else 2",
    "0x10",
    "1_000",
    "9" * 5_000,
    "{'a': 1, 'a': 2}",
    "{1: 2}",
    "{None: 1}",
    "{'a': inf}",
    "{'a': nan}",
    "{'a': __import__('os')}",
    "[x for x in 'a']",
    "f'{1}'",
    "{**{}}",
)

NASTY_BYTES = (
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf5\x80\x80\x80",
    b"\xe2\x82",
    b"\xef\xbb\xbf",
    b"\xff\xfe{\x00}\x00",
    b"\0",
)

NASTY_KEYS = (
    "",
    "[",
    "]",
    "a[",
    "a]b",
    "[x]",
    "a[]",
    "a[b]c",
    "a[b",
    "a[[b]]",
    "a[b][c][d][e]",
    "a[0]",
    "a[00]",
    "a[999]",
    "a[1000]",
    "a[" + "9" * 200 + "]",
    "a[-1]",
    "a[\u0661]",
    "__proto__[x]",
    "a[__proto__]",
    "a b",
    "k" * 301,
    "[" * 20_000,
    "a" + "[b]" * 90,
)

_plain_texts = st.text(alphabet="ab{}[]'\"\\:,\u05d0 ", max_size=12)
texts = st.one_of(
    st.sampled_from(NASTY_TEXTS), _plain_texts, st.tuples(_plain_texts, st.sampled_from(NASTY_TEXTS)).map("".join)
)
"""Any ``str``, lone surrogates included."""

json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from([2**63, -(2**63) - 1, 2**63 - 1, 10**400]),
        texts,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
"""Python values that ``json.dumps`` takes, most of which a strict reader must refuse."""

_json_pieces = st.one_of(
    st.sampled_from(NASTY_JSON_VALUES),
    json_values.map(json.dumps),
    json_values.map(lambda value: json.dumps(value, ensure_ascii=False)),
)
_json_shapes = st.sampled_from(
    ['{"name": %s}', '{"metadata": {"k": %s}}', '{"a": 1, "a": %s}', "[%s, %s]", "%s", "\ufeff%s", " %s "]
)


def _filled(shape: str, piece: str) -> str:
    return shape.replace("%s", piece)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _with_bytes_inside(body: bytes, inserted: bytes, place: int) -> bytes:
    cut = place % (len(body) + 1)
    return body[:cut] + inserted + body[cut:]


def _sometimes_broken(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    broken = st.builds(_with_bytes_inside, bodies, st.sampled_from(NASTY_BYTES), st.integers(0, 200))
    return st.one_of(bodies, bodies, broken)


json_texts = st.builds(_filled, _json_shapes, _json_pieces)
"""JSON and almost-JSON, as ``str``."""

json_bodies = _sometimes_broken(json_texts.map(_encoded))
"""Bodies for an endpoint that takes JSON."""

literal_texts = st.one_of(
    json_texts,
    json_values.map(str),
    st.builds(_filled, st.sampled_from(["%s", "{'a': %s}", "[%s, 1]"]), st.sampled_from(NASTY_LITERALS)),
)
"""Form values where JSON or the ``str()`` of a Python dict is expected."""


def _field(key: str, value: str, percent_encoded: bool) -> bytes:
    if not percent_encoded:
        return _encoded(f"{key}={value}")
    return quote_from_bytes(_encoded(key), safe="[]").encode() + b"=" + quote_from_bytes(_encoded(value)).encode()


_names = st.sampled_from(
    ["email", "first_name", "billing_address[line1]", "created_at[after]", "created_at[after][before]"]
)
_keys = st.one_of(_names, st.sampled_from(NASTY_KEYS), texts)
_fields = st.builds(_field, _keys, st.one_of(texts, literal_texts), st.booleans())
form_bodies = _sometimes_broken(
    st.one_of(st.lists(_fields, max_size=6).map(b"&".join), st.just(b"&".join([b"a=1"] * 1_001)))
)
"""Bodies and query strings for an endpoint that takes bracketed parameters."""
