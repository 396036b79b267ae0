"""Compiled statements answer what their querysets would."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import create_customer
from billing_customers.statements import Statement
from tests.fixtures import NOW

COLUMNS = ("public_id", "metadata", "created_at", "is_live")


def _by_id(site: int, public_id: str) -> Any:
    return Customer.objects.for_site(site).filter(public_id=public_id).values_list(*COLUMNS)


def test_rows_are_those_of_the_queryset_with_its_conversions(site: BillingSite) -> None:
    create_customer(site=site, attributes={"metadata": {"plan": ["gold", 1]}}, public_id="a", at=NOW)

    rows = Statement(Customer, _by_id, int, str).rows(site.pk, "a")

    assert rows == list(_by_id(site.pk, "a")) == [("a", {"plan": ["gold", 1]}, NOW, True)]


def test_arguments_are_bound_anew_each_time(site: BillingSite, other_site: BillingSite) -> None:
    create_customer(site=site, attributes={"metadata": {"of": "a"}}, public_id="a", at=NOW)
    create_customer(site=other_site, attributes={"metadata": {"of": "b"}}, public_id="b", at=NOW)
    statement = Statement(Customer, _by_id, int, str)

    found = [
        [row[1] for row in statement.rows(each.pk, public_id)]
        for each in (site, other_site)
        for public_id in ("a", "b", "c' OR 1=1")
    ]

    assert found == [[{"of": "a"}], [], [], [], [{"of": "b"}], []]


def test_sql_is_compiled_once_for_a_connection(site: BillingSite) -> None:
    built = []

    def build(*stand_ins: Any) -> Any:
        built.append(stand_ins)
        return _by_id(*stand_ins)

    statement = Statement(Customer, build, int, str)

    with CaptureQueriesContext(connection) as captured:
        for public_id in ("a", "b", "c"):
            statement.rows(site.pk, public_id)

    assert len(built) == 1
    assert len(captured) == 3


def test_a_limit_is_added_to_the_compiled_sql(site: BillingSite) -> None:
    for public_id in ("a", "b", "c"):
        create_customer(site=site, attributes={}, public_id=public_id, at=NOW)
    statement = Statement(Customer, lambda site: _all(site).order_by("public_id"), int)

    assert [row[0] for row in statement.rows(site.pk, limit=2)] == ["a", "b"]


def test_times_are_bound_as_the_database_takes_them(site: BillingSite) -> None:
    create_customer(site=site, attributes={}, public_id="a", at=NOW)
    statement = Statement(Customer, lambda site, at: _all(site).filter(created_at__gte=at), int, datetime)

    found = [len(statement.rows(site.pk, at)) for at in (NOW, NOW + timedelta(microseconds=1))]

    assert found == [1, 0]


def test_a_queryset_that_alters_a_stand_in_is_refused(site: BillingSite) -> None:
    statement = Statement(Customer, lambda site, text: _all(site).filter(public_id__startswith=text), int, str)

    with pytest.raises(ValueError, match="an argument would be lost"):
        statement.rows(site.pk, "a")


def _all(site: int) -> Any:
    return Customer.objects.for_site(site).values_list(*COLUMNS)
