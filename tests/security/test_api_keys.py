"""API keys: what they look like, what is kept of them, and what their look-up costs."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from billing_customers.models import ApiKey, BillingSite
from billing_customers.operations.api_keys import create_api_key, revoke_api_key
from tests.dialects.clock import START, Clock
from tests.dialects.wire import CHING, Wire

pytestmark = pytest.mark.usefixtures("clock")


def key_statements(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in captured if "billing_customers_apikey" in query["sql"]]


@pytest.mark.parametrize(("livemode", "prefix"), [(False, "ck_test_"), (True, "ck_live_")])
def test_a_key_has_96_characters_and_names_its_mode(
    site: BillingSite, live_site: BillingSite, livemode: bool, prefix: str
) -> None:
    text = create_api_key(site=live_site if livemode else site, at=START)[1]

    assert len(text) == 96
    assert text.startswith(prefix)
    assert text.replace("_", "").isalnum()
    assert text.isascii()


def test_no_two_keys_are_alike(site: BillingSite) -> None:
    assert len({create_api_key(site=site, at=START)[1] for _ in range(50)}) == 50


def test_only_the_digest_of_a_key_is_in_the_database(wire: Wire, key: str) -> None:
    wire.create(wire.client(key), **{wire.idempotency_header: "order-1"})
    wire.client(key).get(f"{wire.prefix}/customers")

    everything = "\n".join(
        str(row) for model in apps.get_models() if model._meta.managed for row in model._base_manager.values_list()
    )

    assert hashlib.sha256(key.encode()).hexdigest() in everything
    assert key not in everything
    assert key[8:-4] not in everything
    assert not any(key[start : start + 8] in everything for start in range(8, 84))


def test_a_well_formed_key_costs_one_query(wire: Wire, key: str) -> None:
    wire.client(key).get(f"{wire.prefix}/nothing")
    wire.client(key).get(f"{wire.prefix}/customers/nobody")

    with CaptureQueriesContext(connection) as captured:
        wire.client(key).get(f"{wire.prefix}/customers/nobody")

    assert len(key_statements(captured)) == 1


def test_an_unknown_revoked_or_expired_key_costs_one_query_too(wire: Wire, site: BillingSite, clock: Clock) -> None:
    unknown = create_api_key(site=site, at=START)
    unknown[0].delete()
    revoked = create_api_key(site=site, at=START)
    revoke_api_key(key=revoked[0], at=START)
    expired = create_api_key(site=site, expires_at=START + timedelta(seconds=1), at=START)
    clock.forward(seconds=1)

    for _, text in (unknown, revoked, expired):
        with CaptureQueriesContext(connection) as captured:
            assert wire.client(text).get(f"{wire.prefix}/customers").status_code == 401
        assert len(captured) == 1


@pytest.mark.parametrize(
    "text",
    ["junk", "ck_test_", "a" * 96, "ck_test_" + "a" * 88, "ck_test_" + "\u0661" * 88, "' OR 1=1 --", "a" * 400],
)
def test_junk_costs_no_query(wire: Wire, db: None, text: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        response = wire.client(text.encode("ascii", "replace").decode()).get(f"{wire.prefix}/customers")

    assert response.status_code == 401
    assert len(captured) == 0


def test_a_key_with_one_wrong_character_costs_no_query(wire: Wire, key: str) -> None:
    wrong = [key[:place] + ("x" if key[place] != "x" else "y") + key[place + 1 :] for place in range(0, 96, 5)]

    with CaptureQueriesContext(connection) as captured:
        statuses = {wire.client(text).get(f"{wire.prefix}/customers").status_code for text in wrong}

    assert statuses == {401}
    assert len(captured) == 0


@pytest.mark.parametrize(("length", "status"), [(512, 401), (513, 401), (10_000, 401)])
def test_a_long_header_is_refused_without_a_query(db: None, length: int, status: int) -> None:
    header = "Bearer " + "a" * (length - 7)

    with CaptureQueriesContext(connection) as captured:
        response = CHING.client(None).get("/ching/v1/customers", headers={"authorization": header})

    assert response.status_code == status
    assert len(captured) == 0


def test_the_use_of_a_key_is_noted_once_a_minute(wire: Wire, key: str, clock: Clock) -> None:
    http = wire.client(key)
    noted = []
    for seconds in (0, 59, 1, 30, 30):
        clock.forward(seconds=seconds)
        http.get(f"{wire.prefix}/customers")
        noted.append((ApiKey.objects.get().last_used_at - START).total_seconds())  # type: ignore[operator]

    assert noted == [0, 0, 60, 60, 120]


def test_the_use_of_a_key_that_was_refused_is_not_noted(wire: Wire, site: BillingSite) -> None:
    revoked, text = create_api_key(site=site, at=START)
    revoke_api_key(key=revoked, at=START)

    wire.client(text).get(f"{wire.prefix}/customers")

    assert ApiKey.objects.get().last_used_at is None


def test_a_database_that_cannot_note_the_use_is_no_reason_to_refuse(wire: Wire, key: str) -> None:
    def read_only(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise DatabaseError("cannot execute UPDATE in a read-only transaction")
        return execute(sql, *rest)

    with connection.execute_wrapper(read_only):
        response = wire.client(key).get(f"{wire.prefix}/customers")

    assert response.status_code == 200
    assert ApiKey.objects.get().last_used_at is None


def test_a_revoked_key_is_refused_at_once(wire: Wire, key: str) -> None:
    http = wire.client(key)
    assert http.get(f"{wire.prefix}/customers").status_code == 200
    revoke_api_key(key=ApiKey.objects.get(), at=START)

    assert http.get(f"{wire.prefix}/customers").status_code == 401


def test_a_key_ends_when_its_time_is_over(wire: Wire, site: BillingSite, clock: Clock) -> None:
    text = create_api_key(site=site, expires_at=START + timedelta(seconds=9), at=START)[1]
    clock.forward(seconds=8)
    before = wire.client(text).get(f"{wire.prefix}/customers").status_code
    clock.forward(seconds=1)

    assert (before, wire.client(text).get(f"{wire.prefix}/customers").status_code) == (200, 401)
