"""The readers under sampled nasty input, and proof that the same fuzzers find faults where there are some."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing_customers.dialects.chargebee.brackets import read_bracket_list, read_form, read_query
from billing_customers.dialects.strict_json import read_json, read_json_text, read_literal_or_json
from billing_customers.exceptions import InputTooLarge, MalformedInput
from tests import nasty

Input = TypeVar("Input", str, bytes)

FUZZ = settings(
    max_examples=400,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

# Only about reports of what failed, which hold 20,000 brackets.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

list_texts = st.one_of(nasty.texts, nasty.literal_texts, nasty.texts.map("[{}]".format))


def assert_storable(value: Any, depth: int = 0) -> None:
    """What every database and every JSON client takes."""
    assert depth <= 12
    if isinstance(value, dict):
        assert len({type(key) for key in value}) <= 1
        for key, child in value.items():
            assert_storable(key)
            assert_storable(child, depth + 1)
    elif isinstance(value, list):
        for child in value:
            assert_storable(child, depth + 1)
    elif isinstance(value, str):
        assert "\0" not in value
        value.encode("utf-8")
    elif type(value) is int:
        assert -(2**63) <= value < 2**63
    else:
        assert value is None or type(value) is bool or (type(value) is float and abs(value) < float("inf"))


def run_fuzzer(strategy: st.SearchStrategy[Input], read: Callable[[Input], Any]) -> None:
    """Feed ``read``; it must refuse cleanly, or give something storable."""

    @FUZZ
    @given(strategy)
    def fuzz(sent: Input) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                value = read(sent)
            except (MalformedInput, InputTooLarge):
                return
        assert_storable(value)

    fuzz()


def test_the_json_reader_never_breaks() -> None:
    run_fuzzer(nasty.json_bodies, read_json)


def test_the_json_text_reader_never_breaks() -> None:
    run_fuzzer(nasty.json_texts, read_json_text)


def test_the_literal_reader_never_breaks() -> None:
    run_fuzzer(nasty.literal_texts, read_literal_or_json)


def test_the_form_reader_never_breaks() -> None:
    run_fuzzer(nasty.form_bodies, read_form)


def test_the_query_reader_never_breaks() -> None:
    run_fuzzer(nasty.texts, read_query)


def test_the_list_reader_never_breaks() -> None:
    run_fuzzer(list_texts, read_bracket_list)


@FUZZ
@given(st.lists(nasty.texts, max_size=5))
def test_a_list_that_is_read_is_the_list_that_was_sent(items: list[str]) -> None:
    try:
        read = [read_bracket_list(sent) for sent in (json.dumps(items), str(items))]
    except MalformedInput:
        assert any("\0" in item or not _encodable(item) for item in items)
    else:
        assert read == [items, items]


@FUZZ
@given(nasty.json_values)
def test_a_value_that_is_read_is_the_value_that_was_sent(value: Any) -> None:
    try:
        read = [read_literal_or_json(sent) for sent in (json.dumps(value), repr(value))]
    except (MalformedInput, InputTooLarge):
        return
    assert read == [value, value]


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def naive_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise MalformedInput("not JSON") from None


def naive_json_without_recursion(body: bytes) -> Any:
    try:
        return naive_json(body)
    except RecursionError:
        raise MalformedInput("too deep") from None


def naive_literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except ValueError:
        raise MalformedInput("not a literal") from None


def naive_form(body: bytes) -> dict[str, Any]:
    return dict(parse_qsl(body.decode("utf-8", "surrogatepass"), keep_blank_values=True))


def naive_list(text: str) -> Any:
    try:
        return [json.loads(item) for item in text.removeprefix("[").removesuffix("]").split(",")]
    except ValueError:
        raise MalformedInput("not a list") from None


@pytest.mark.parametrize(
    ("strategy", "read"),
    [
        (nasty.json_bodies, naive_json),
        (nasty.json_bodies, naive_json_without_recursion),
        (nasty.literal_texts, naive_literal),
        (nasty.form_bodies, naive_form),
        (list_texts, naive_list),
    ],
)
def test_the_fuzzer_finds_the_faults_of_a_naive_reader(strategy: Any, read: Callable[[Any], Any]) -> None:
    with pytest.raises((AssertionError, RecursionError, MemoryError, SyntaxError, ValueError, ExceptionGroup)):
        run_fuzzer(strategy, read)


@pytest.mark.parametrize(
    ("guard", "disarmed"),
    [
        ("strict_json._refuse_depth", lambda text, limits: None),
        ("strict_json._walk", lambda value, limits: None),
        ("strict_json._utf8", lambda text: b""),
    ],
)
def test_the_fuzzer_finds_a_missing_guard(
    monkeypatch: pytest.MonkeyPatch, guard: str, disarmed: Callable[..., Any]
) -> None:
    monkeypatch.setattr(f"billing_customers.dialects.{guard}", disarmed)

    with pytest.raises((AssertionError, RecursionError, ValueError, ExceptionGroup)):
        run_fuzzer(nasty.json_texts, read_json_text)
