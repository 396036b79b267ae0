"""Compiled statements answer what their querysets would."""

from __future__ import annotations

from typing import Any

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
