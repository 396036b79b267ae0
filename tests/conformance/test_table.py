"""The table itself: complete, readable, and in step with the list of known differences."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from billing_customers.conformance.cases import Case, Dialect, all_cases
from billing_customers.conformance.curl import FORM, JSON, Call, read_curl
from billing_customers.conformance.known import all_known
from tests.conformance.conftest import case_named


def test_every_command_of_the_pages_is_there() -> None:
    commands = Counter(case.dialect for case in all_cases() if case.ids is None and not case.name.endswith(".filled"))

    assert commands == {Dialect.CHING: 6, Dialect.CHARGEBEE: 33}


def test_every_operation_of_the_pages_is_there() -> None:
    operations = {dialect: {case.operation for case in all_cases() if case.dialect is dialect} for dialect in Dialect}

    assert {dialect: len(names) for dialect, names in operations.items()} == {Dialect.CHING: 6, Dialect.CHARGEBEE: 22}


def test_titles_are_unique() -> None:
    assert [title for title, count in Counter(case.title for case in all_cases()).items() if count > 1] == []


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.title.replace(" ", "-"))
def test_command_is_read(case: Case) -> None:
    call = read_curl(case)

    assert call.path.startswith("/customers")
    assert "example_" not in call.body or not case.name.endswith(".filled")


def test_every_known_difference_names_cases_and_a_reason() -> None:
    titles = {case.title for case in all_cases()}

    entries = [(f"{known.dialect} {name}", known.reason) for known in all_known() for name in known.cases]

    assert [title for title, reason in entries if title not in titles or not reason.endswith(".")] == []


def test_options_of_a_query_are_encoded_as_curl_encodes_them() -> None:
    assert read_curl(case_named("chargebee list.by_phone")) == Call(
        "GET",
        "/customers",
        query="phone[is_not]=%28541%29%20754-3010&id[in]=%5B%229bsvnHgsvmsI%22%2C%229bsvnHgsvmsJ%22%5D",
    )


def test_form_is_sent_as_curl_sends_it() -> None:
    call = read_curl(case_named("chargebee record_excess_payment"))

    assert (call.method, call.content_type) == ("POST", FORM)
    assert call.body.startswith("comment=Check payment received from John&transaction[amount]=500&")


def test_parameters_of_a_get_go_into_the_query_even_without_the_option() -> None:
    call = read_curl(case_named("chargebee hierarchy.subordinates"))

    assert (call.method, call.query, call.body) == ("GET", "hierarchy_operation_type=subordinates", "")


def test_placeholders_are_filled_in() -> None:
    call = read_curl(case_named("ching upsert.filled"))

    assert call.content_type == JSON
    assert json.loads(call.body) == {
        "identifyBy": "email",
        "name": "Tal Levi",
        "email": "tal@example.com",
        "phone": "+972501234567",
        "locale": "he",
        "taxId": None,
        "metadata": {},
    }
