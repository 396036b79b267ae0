"""No name of a parameter ever becomes part of a query."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite
from billing_customers.operations.customers import create_customer
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.security.filter_names import IGNORED, PLAIN, REFUSED

pytestmark = pytest.mark.usefixtures("clock")

VALUES = ("x", "true", "[1,2]", "created_at;")


@pytest.fixture(autouse=True)
def two(site: BillingSite) -> None:
    for public_id in ("a1", "b2"):
        create_customer(site=site, public_id=public_id, attributes={"email": f"{public_id}@x.co"}, at=START)


def ask(chargebee: ChargebeeClient, name: str, value: str) -> tuple[int, bytes, list[str]]:
    """Status, body and the statements that were sent."""
    url = f"/api/v2/customers?{quote(name, safe='[]')}={quote(value)}"
    with CaptureQueriesContext(connection) as captured:
        response: Any = chargebee.http.get(url)
    return response.status_code, response.content, [query["sql"] for query in captured]


def test_the_corpus_is_large() -> None:
    assert len(set(PLAIN)) >= 200
    assert len(set(IGNORED)) + len(set(REFUSED)) >= 450


@pytest.mark.parametrize("value", VALUES)
def test_an_unknown_name_is_ignored_down_to_the_statement(chargebee: ChargebeeClient, value: str) -> None:
    chargebee.get("/customers")
    plain = ask(chargebee, "limit", "10")

    different = [name for name in IGNORED if ask(chargebee, name, value) != plain]

    assert different == []


def test_the_comparison_sees_a_filter_that_works(chargebee: ChargebeeClient) -> None:
    chargebee.get("/customers")

    assert ask(chargebee, "email[is_present]", "true")[1] == ask(chargebee, "limit", "10")[1]
    assert ask(chargebee, "email[is_present]", "true") != ask(chargebee, "limit", "10")


@pytest.mark.parametrize("value", VALUES)
def test_an_unknown_operator_is_refused_before_anything_is_asked(chargebee: ChargebeeClient, value: str) -> None:
    chargebee.get("/customers")

    answers = {name: ask(chargebee, name, value) for name in REFUSED}

    assert {name: status for name, (status, _, _) in answers.items()} == dict.fromkeys(REFUSED, 400)
    assert not [sql for _, _, sent in answers.values() for sql in sent if "billing_customers_customer" in sql]


@pytest.mark.parametrize("attribute", ["id", "email", "company", "phone", "relationship[parent_id]"])
@pytest.mark.parametrize(
    "value", ["' OR '1'='1", '" OR ""="', "%", "_", "*", "?", "[a-z]", "\\", "a1' --", "%%s", "{0}"]
)
def test_a_value_is_only_ever_a_value(chargebee: ChargebeeClient, attribute: str, value: str) -> None:
    for operator in ("is", "starts_with"):
        status, body, _ = ask(chargebee, f"{attribute}[{operator}]", value)

        assert (status, body) == (200, b'{"list":[]}')
