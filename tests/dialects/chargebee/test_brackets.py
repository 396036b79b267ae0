from __future__ import annotations

from typing import Any

import pytest

from billing_customers.dialects.chargebee.brackets import read_bracket_list, read_form, read_query
from billing_customers.exceptions import InputTooLarge, MalformedInput


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b"", {}),
        (b"&&", {}),
        (b"first_name=x", {"first_name": "x"}),
        (b"first_name=", {"first_name": ""}),
        (b"first_name", {"first_name": ""}),
        (b"company=++", {"company": "  "}),
        (b"company=a%2Bb+c", {"company": "a+b c"}),
        (b"company=a=b", {"company": "a=b"}),
        (b"first_name=%D7%93%D7%95%D7%93", {"first_name": "\u05d3\u05d5\u05d3"}),
        ("first_name=\u05d3".encode(), {"first_name": "\u05d3"}),
        (b"company=%2500", {"company": "%00"}),
        (b"cf_Tier2=a&cf_x-y.z=b", {"cf_Tier2": "a", "cf_x-y.z": "b"}),
        (b"123=x", {"123": "x"}),
        (
            b"billing_address[line1]=PO+Box+9999&billing_address%5Bcity%5D=Walnut",
            {"billing_address": {"line1": "PO Box 9999", "city": "Walnut"}},
        ),
        (b"enabled_events[0]=x&enabled_events[1]=y", {"enabled_events": {0: "x", 1: "y"}}),
        (
            b"rows[invoice_id][0]=a&rows[invoice_id][1]=b&rows[allocation_amount][1]=500",
            {"rows": {"invoice_id": {0: "a", 1: "b"}, "allocation_amount": {1: "500"}}},
        ),
        (b"a[999]=x", {"a": {999: "x"}}),
        (b"a[b][c][d]=x", {"a": {"b": {"c": {"d": "x"}}}}),
        (b"__proto__=x&a[__proto__]=y", {"__proto__": "x", "a": {"__proto__": "y"}}),
        (b"relationship[parent_id][is]=p1", {"relationship": {"parent_id": {"is": "p1"}}}),
    ],
)
def test_parameters_are_read(body: bytes, data: dict[str, Any]) -> None:
    assert read_form(body) == data


def test_a_bare_key_sent_more_than_once_becomes_a_list_in_order() -> None:
    assert read_form(b"d=%7B%27cat%27%3A+7%7D&x=1&d=&d=c") == {"d": ["{'cat': 7}", "", "c"], "x": "1"}


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"a[",
        b"a]b",
        b"a]",
        b"[x]",
        b"a[]",
        b"a[b]c",
        b"a[b",
        b"a[[b]]",
        b"a[b][c][d][e]",
        b"a[00]",
        b"a[01]",
        b"a[b%20c]",
        b"a+b",
        b"a%0A",
        b"%D7%93",
        b"a[%D9%A1]",
    ],
)
def test_a_key_that_is_not_of_the_grammar_is_ignored(key: bytes) -> None:
    assert read_form(key + b"=1&email=e") == {"email": "e"}


@pytest.mark.parametrize(
    "body",
    [
        b"created_at[after]=1&created_at[after][before]=2",
        b"created_at[after][before]=2&created_at[after]=1",
        b"created_at[after]=1&created_at[after][before][0]=2",
    ],
)
def test_a_key_that_leads_through_a_value_is_ignored_in_either_order(body: bytes) -> None:
    assert read_query(body) == {"created_at": {"after": "1"}}


def test_a_key_that_leads_through_a_repeated_value_is_ignored() -> None:
    assert read_form(b"a=1&a=2&a[b]=3") == {"a": ["1", "2"]}


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b"a[0]=x&a[b]=y", {"a": {0: "x"}}),
        (b"a[b]=y&a[0]=x", {"a": {"b": "y"}}),
        (b"a[b]=y&a[0][c]=x", {"a": {"b": "y"}}),
    ],
)
def test_names_and_indexes_never_share_a_dict(body: bytes, data: dict[str, Any]) -> None:
    assert read_form(body) == data


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"a=%", "The parameters have a % that is not followed by two hexadecimal digits."),
        (b"a=%4", "The parameters have a % that is not followed by two hexadecimal digits."),
        (b"a%zz=1", "The parameters have a % that is not followed by two hexadecimal digits."),
        (b"a=%FF", "The parameters are not valid UTF-8."),
        (b"a=\xff", "The parameters are not valid UTF-8."),
        (b"%C0%80=1", "The parameters are not valid UTF-8."),
        (b"a=%ED%A0%80", "The parameters are not valid UTF-8."),
        (b"a=%D7&b=%93", "The parameters are not valid UTF-8."),
        (b"a=%00", "The parameters contain the character U+0000."),
        (b"a=\0", "The parameters contain the character U+0000."),
        (b"ignored+key%00=1", "The parameters contain the character U+0000."),
        (b"a[1000]=x", "An index is larger than 999."),
        (b"a[" + b"9" * 290 + b"]=x", "An index is larger than 999."),
        (b"a[b]=1&a[b]=2", "A bracketed parameter is given more than once."),
        (b"a[0]=1&a%5B0%5D=2", "A bracketed parameter is given more than once."),
    ],
)
def test_what_cannot_be_read_is_malformed(body: bytes, message: str) -> None:
    with pytest.raises(MalformedInput) as refusal:
        read_form(body)

    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"a=" + b"x" * 262_143, "The parameters are larger than 262144 bytes."),
        (b"&".join([b"a=1"] * 1_001), "There are more than 1000 parameters."),
        (b"k" * 301 + b"=1", "The name of a parameter is longer than 300 characters."),
        (b"[" * 20_000 + b"=1", "The name of a parameter is longer than 300 characters."),
    ],
)
def test_what_is_over_a_cap_is_too_large(body: bytes, message: str) -> None:
    with pytest.raises(InputTooLarge) as refusal:
        read_form(body)

    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b"a=" + b"x" * 262_142, {"a": "x" * 262_142}),
        (b"&".join([b"a=1"] * 1_000), {"a": ["1"] * 1_000}),
        (b"k" * 300 + b"=1", {"k" * 300: "1"}),
    ],
)
def test_what_is_just_at_a_cap_is_read(body: bytes, data: dict[str, Any]) -> None:
    assert read_form(body) == data


@pytest.mark.parametrize(
    "query",
    [
        b"first_name[is]=%D7%93",
        "first_name[is]=%D7%93",
        "first_name[is]=\u05d3",
        "first_name[is]=\u05d3".encode(),
        "first_name[is]=\u05d3".encode().decode("latin-1"),
    ],
)
def test_a_query_string_is_read_from_bytes_from_wsgi_and_from_asgi(query: str | bytes) -> None:
    assert read_query(query) == {"first_name": {"is": "\u05d3"}}


@pytest.mark.parametrize("query", ["a=\xff", "a=\ud800", "a=\0", "a=\u05d3\0"])
def test_a_query_string_of_impossible_characters_is_malformed(query: str) -> None:
    with pytest.raises(MalformedInput):
        read_query(query)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("[]", []),
        ("[ ]", []),
        ('["a","b c"]', ["a", "b c"]),
        ("[1500000000,1600000000]", ["1500000000", "1600000000"]),
        ("['1500000000', '1600000000']", ["1500000000", "1600000000"]),
        (str(["a", "b c", "d'e", 'f"g', "'\""]), ["a", "b c", "d'e", 'f"g', "'\""]),
        ("[a,b]", ["a", "b"]),
        ("[ a b , c ]", ["a b", "c"]),
        ("[O'Brien,x]", ["O'Brien", "x"]),
        ("[\"\",'']", ["", ""]),
        ('[",","]","\'"]', [",", "]", "'"]),
        (r'["\u05d0\/\ud83d\ude00\\"]', ["\u05d0/\U0001f600\\"]),
        (r"['\xe9\'\\']", ["\xe9'\\"]),
        ("[007,1e5,1.50,12345678901234567890]", ["007", "1e5", "1.50", "12345678901234567890"]),
        ("[\u05d3\u05d5\u05d3]", ["\u05d3\u05d5\u05d3"]),
    ],
)
def test_a_bracketed_list_is_read(text: str, items: list[str]) -> None:
    assert read_bracket_list(text) == items


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "[",
        "]",
        "a,b",
        "[a",
        "a]",
        "[a]b",
        "[a]\n",
        " [a]",
        "[,]",
        "[a,]",
        "[,a]",
        "[a,,b]",
        "[[a]]",
        "[a[0]]",
        '["a" "b"]',
        '["a]',
        "['a]",
        '[{"a":1}]',
        '["\\u0000"]',
        "['\\x00']",
        '["\\ud800"]',
        "['\\d']",
        "[a\0]",
        "[\ud800]",
        "[" * 20_000,
        "['" + "\\'" * 100_000,
    ],
)
def test_what_is_not_a_bracketed_list_is_malformed(text: str) -> None:
    with pytest.raises(MalformedInput):
        read_bracket_list(text)


def test_a_list_of_a_hundred_items_is_read() -> None:
    assert read_bracket_list("[" + ",".join("x" * 100) + "]") == ["x"] * 100


def test_a_list_of_more_than_a_hundred_items_is_malformed() -> None:
    with pytest.raises(MalformedInput) as refusal:
        read_bracket_list("[" + ",".join("x" * 101) + "]")

    assert refusal.value.message == "A list has more than 100 items."
