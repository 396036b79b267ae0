"""Statements of a request, by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.clients import ChargebeeClient, ChingClient

# Its own transaction is a savepoint here, since each test runs inside a transaction.
BEGIN, COMMIT, ROLLBACK = "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT"
KEY = "SELECT apikey"
LOCK = "lock a value"
MOVE = "move a balance"

Sends = Callable[..., AbstractContextManager[None]]

_VERB_AND_TABLE = re.compile(
    r"\A(?P<verb>SELECT|INSERT|UPDATE|DELETE)\b.*?[\"`]billing_customers_(?P<table>[a-z]+)[\"`]", re.DOTALL
)


def name_of(sql: str) -> str:
    """``INSERT customer`` for an INSERT into that table, ``lock a value`` for what does it on each database,
    ``move a balance`` for the change and its entry at once.
    """
    for word in (BEGIN, COMMIT, ROLLBACK):
        if sql.startswith(word):
            return word
    if "pg_advisory_xact_lock" in sql or (sql.startswith("UPDATE") and "billing_customers_sitelock" in sql):
        return LOCK
    if sql.lstrip().startswith("WITH moved AS"):
        return MOVE
    match = _VERB_AND_TABLE.match(sql)
    return f"{match['verb']} {match['table']}" if match else sql


@pytest.fixture
def sends(django_assert_num_queries: Any) -> Sends:
    """``with sends(KEY, "SELECT customer"): …`` asserts that these statements are sent in this order, and no others."""

    @contextmanager
    def check(*expected: str) -> Iterator[None]:
        with django_assert_num_queries(len(expected)) as captured:
            yield
        assert [name_of(query["sql"]) for query in captured.captured_queries] == list(expected)

    return check


@pytest.fixture
def ching(ching: ChingClient) -> ChingClient:
    """A client whose key was used within the last minute, as a busy one's was."""
    ching.get("/customers")
    return ching


@pytest.fixture
def chargebee(chargebee: ChargebeeClient) -> ChargebeeClient:
    """As ``ching``."""
    chargebee.get("/configurations")
    return chargebee
