from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from billing_customers.dialects.strict_json import (
    DEFAULT_LIMITS,
    JSONValue,
    Limits,
    read_json,
    read_json_text,
    read_literal_or_json,
    refuse_unstorable_text,
)
from billing_customers.exceptions import InputTooLarge, MalformedInput

NARROW = Limits(max_bytes=10, max_depth=1, max_nodes=3)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b" [] \n", []),
        (b"null", None),
        (b"true", True),
        (b'"\\u05d0\\n"', "\u05d0\n"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        ('"\u05d3\u05d5\u05d3"'.encode(), "\u05d3\u05d5\u05d3"),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"1e-400", 0.0),
        (b"1.5E+3", 1500.0),
        (b'{"a": {"b": [1, 2.5, null, "x"]}}', {"a": {"b": [1, 2.5, None, "x"]}}),
        (b'{"[[[[[[[[[[[[[[": "{{{{{{{{{{{{{{\\"["}', {"[[[[[[[[[[[[[[": '{{{{{{{{{{{{{{"['}),
    ],
)
def test_json_is_read(body: bytes, value: JSONValue) -> None:
    assert read_json(body) == value


def test_integers_and_floats_keep_their_types() -> None:
    assert [type(item) for item in _list(read_json(b"[1, 1.0, true]"))] == [int, float, bool]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The text is not JSON: line 1, column 1."),
        (b'{"a": 1\n "b": 2}', "The text is not JSON: line 2, column 2."),
        (b"[1] 2", "The text is not JSON: line 1, column 5."),
        (b"01", "The text is not JSON: line 1, column 2."),
        (b'"\0"', "The text is not JSON: line 1, column 2."),
        ("\u0661\u0662".encode(), "The text is not JSON: line 1, column 1."),
        (b"NaN", "NaN is not a JSON value."),
        (b"[-Infinity]", "-Infinity is not a JSON value."),
        (b"1e400", "A number is too large for a 64-bit float."),
        (b"9223372036854775808", "An integer is outside the range of 64 bits."),
        (b"-9223372036854775809", "An integer is outside the range of 64 bits."),
        (b"9" * 4_000, "An integer is outside the range of 64 bits."),
        (b'{"a": 1, "\\u0061": 2}', "The key 'a' appears more than once in one object."),
        (b'[{"x": {"k": 1, "k": 1}}]', "The key 'k' appears more than once in one object."),
        (b'"\\u0000"', "The text contains the character U+0000."),
        (b'{"a": {"b\\u0000": 1}}', "The text contains the character U+0000."),
        (b'["\\ud800"]', "The text contains a lone surrogate."),
        (b'{"\\udfff": 1}', "The text contains a lone surrogate."),
        (b"\xef\xbb\xbf{}", "The JSON text begins with a byte order mark."),
        (b'"\xff"', "The JSON text is not valid UTF-8."),
        (b'"\xed\xa0\x80"', "The JSON text is not valid UTF-8."),
        ('{"a": 1}'.encode("utf-16"), "The JSON text is not valid UTF-8."),
    ],
)
def test_what_cannot_be_stored_or_is_ambiguous_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(MalformedInput) as refusal:
        read_json(body)

    assert refusal.value.message == message


def test_the_repeated_key_is_named_in_at_most_40_characters() -> None:
    key = "\u202e" + "k" * 500

    with pytest.raises(MalformedInput) as refusal:
        read_json(f'{{"{key}": 1, "b": 2, "{key}": 3}}'.encode())

    assert refusal.value.message == f"The key '\\u202e{'k' * 39}' appears more than once in one object."


@pytest.mark.parametrize("text", ['{"number": "4111111111111111"', '{"number": 4111111111111111, "number": 1}'])
def test_a_refusal_does_not_repeat_the_values_of_the_text(text: str) -> None:
    with pytest.raises(MalformedInput) as refusal:
        read_json_text(text)

    assert "4111" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.fixture
def _without_a_limit_of_digits() -> Iterator[None]:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(before)


@pytest.mark.usefixtures("_without_a_limit_of_digits")
def test_long_integers_are_refused_without_the_help_of_the_interpreter() -> None:
    with pytest.raises(MalformedInput):
        read_json(b"9" * 200_000)


def test_a_body_of_exactly_the_cap_is_read() -> None:
    assert read_json(b'"' + b"a" * 262_142 + b'"') == "a" * 262_142


def test_a_body_over_the_cap_is_too_large() -> None:
    with pytest.raises(InputTooLarge) as refusal:
        read_json(b'"' + b"a" * 262_143 + b'"')

    assert refusal.value.message == "The text is larger than 262144 bytes."


@pytest.mark.parametrize(("opening", "inside", "closing"), [("[", "", "]"), ('{"a":', "1", "}")])
def test_twelve_levels_are_read(opening: str, inside: str, closing: str) -> None:
    text = opening * 12 + inside + closing * 12

    assert read_json_text(text) == json.loads(text)


@pytest.mark.parametrize("levels", [13, 20_000])
@pytest.mark.parametrize(("opening", "inside", "closing"), [("[", "", "]"), ('{"a":', "1", "}"), ('["[",', "1", "]")])
def test_more_than_twelve_levels_are_refused(levels: int, opening: str, inside: str, closing: str) -> None:
    with pytest.raises(MalformedInput, match="nested more than 12 levels"):
        read_json_text(opening * levels + inside + closing * levels)


def test_many_brackets_side_by_side_are_not_depth() -> None:
    assert read_json(b"[[],[],[],[],[],[],[],[],[],[],[],[],[],[]]") == [[]] * 14


@pytest.mark.parametrize("text", ['"' + "[" * 100_000, "[" * 100_000, '"\\' * 50_000, "[" + '"",' * 50_000])
def test_unfinished_text_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        read_json_text(text)


def test_two_thousand_values_are_read() -> None:
    assert read_json(b"[" + b",".join([b"1"] * 1_999) + b"]") == [1] * 1_999


@pytest.mark.parametrize(
    "text", ["[" + ",".join(["1"] * 2_000) + "]", "[" + ",".join(["{}"] * 1_000 + ["[1]"] * 500) + "]"]
)
def test_more_than_two_thousand_values_are_too_large(text: str) -> None:
    with pytest.raises(InputTooLarge) as refusal:
        read_json_text(text)

    assert refusal.value.message == "The JSON text has more than 2000 values."


def test_a_text_within_narrower_limits_is_read() -> None:
    assert read_json(b"[1, 2]", limits=NARROW) == [1, 2]


@pytest.mark.parametrize(
    ("body", "error"), [(b"[1,    222]", InputTooLarge), (b"[1,2,3]", InputTooLarge), (b"[[1]]", MalformedInput)]
)
def test_narrower_limits_are_obeyed(body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_json(body, limits=NARROW)


def test_a_text_of_as_many_bytes_as_its_cap_is_read() -> None:
    assert read_json_text('"\u05d0"', limits=Limits(max_bytes=4)) == "\u05d0"


def test_the_cap_of_a_text_counts_bytes_and_not_characters() -> None:
    with pytest.raises(InputTooLarge):
        read_json_text('"\u05d0"', limits=Limits(max_bytes=3))


def test_a_raw_lone_surrogate_in_a_text_is_refused() -> None:
    with pytest.raises(MalformedInput, match="lone surrogate"):
        read_json_text('"\ud800"')


@pytest.mark.parametrize("text", ["a\0", "\ud800", "\udc00\ud800"])
def test_unstorable_text_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        refuse_unstorable_text(text)


@pytest.mark.parametrize("text", ["", "\x01", "\U0001f600", "\u202e", "\ufffe"])
def test_odd_but_storable_text_passes(text: str) -> None:
    refuse_unstorable_text(text)


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"plan": "gold", "n": 1, "nested": {"b": [1, True, False, None]}},
        {"it's": 'say "hi"', "both": "'\"", "back\\slash": "tab\t\r\n"},
        {"brackets": "[" * 30, "braces": "{'a': " * 30, "quote": '"' + "[" * 30},
        {"he": "\u05d3\u05d5\u05d3", "odd": "\x07\x7f\xa0\u202e\U000e0001", "emoji": "\U0001f600"},
        {"small": 1e-05, "big": 1e20, "negative": -1.5, "least": -(2**63)},
        "text",
        "it's",
        None,
        True,
        -7,
    ],
)
def test_the_str_of_a_python_value_is_read_as_that_value(value: JSONValue) -> None:
    assert read_literal_or_json(repr(value)) == value
    assert read_literal_or_json(json.dumps(value)) == value


def test_a_text_that_is_json_is_read_as_json() -> None:
    assert read_literal_or_json(r'["\/\b\f\ud83d\ude00"]') == ["/\b\f\U0001f600"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(1, 2)",
        "(1)",
        "{1, 2}",
        "{'a'}",
        "set()",
        "b'x'",
        "1j",
        "{1: 'a'}",
        "{None: 1}",
        "{'a': 1, 'a': 2}",
        '{"a": 1, "a": 2}',
        "{'a': nan}",
        "{'a': inf}",
        "{'a': 1e400}",
        "{'a': 9223372036854775808}",
        "'\\x00'",
        "'\\ud800'",
        "'\\ud83d\\ude00'",
        "'\ud800'",
        "'\\U00110000'",
        "'\\d'",
        "'\\0'",
        "'\\N{DIGIT ONE}'",
        "'line\nbreak'",
        "'open",
        "'\\'",
        "'a' 'b'",
        "[1,]",
        "{'a': 1}[0]",
        "1if 1else 2",
        "0x10",
        "1_000",
        "-True",
        "True1",
        "--1",
        "1+1",
        "[true]\u00a0",
        "{'a': true}",
        "{'a': __import__('os')}",
        "[" * 13 + "'a'" + "]" * 13,
        "(" * 20_000,
        "-" * 20_000 + "1",
        "{'a':" * 20_000,
        "'" + "\\'" * 100_000,
        "9" * 5_000,
    ],
)
def test_what_is_neither_json_nor_a_plain_literal_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        read_literal_or_json(text)


def test_a_literal_within_narrower_limits_is_read() -> None:
    assert read_literal_or_json("['a', 'b']", limits=NARROW) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "error"), [("['a', 'bc']", InputTooLarge), ("['','','']", InputTooLarge), ("[['a']]", MalformedInput)]
)
def test_a_literal_obeys_the_limits(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_literal_or_json(text, limits=NARROW)


def test_the_error_of_a_text_that_is_neither_is_the_one_of_json() -> None:
    with pytest.raises(MalformedInput, match="not JSON: line 1, column 7"):
        read_literal_or_json('{"a": nonsense}')


def test_the_default_limits_are_those_of_the_documentation() -> None:
    assert Limits(max_bytes=256 * 1024, max_depth=12, max_nodes=2_000) == DEFAULT_LIMITS


def _list(value: JSONValue) -> list[JSONValue]:
    assert isinstance(value, list)
    return value
