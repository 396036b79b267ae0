"""One customer by its id, its former id, or, where that is asked for, its tombstone."""

from __future__ import annotations

import pytest
from pytest_django.asserts import assertNumQueries

from billing_customers.models import BillingSite, Customer
from billing_customers.queries.customers import find_customer
from tests.factories import AliasFactory, CustomerFactory

COLUMNS = ("id", "public_id", "is_live")


def found(site: BillingSite, public_id: str, *, include_deleted: bool = False) -> int | None:
    row = find_customer(site, public_id, COLUMNS, include_deleted=include_deleted)
    return row["id"] if row else None


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    return CustomerFactory(site=site, public_id="acme")


def test_row_has_the_columns_that_are_asked_for(site: BillingSite) -> None:
    customer = CustomerFactory(site=site, public_id="acme", metadata={"a": [1]}, name="\u05d0")

    row = find_customer(site, "acme", ("metadata", "id", "name", "created_at", "is_live"))

    assert row == {
        "metadata": {"a": [1]},
        "id": customer.pk,
        "name": "\u05d0",
        "created_at": customer.created_at,
        "is_live": True,
    }


@pytest.mark.parametrize("include_deleted", [False, True])
def test_live_customer_costs_one_query(acme: Customer, include_deleted: bool) -> None:
    with assertNumQueries(1):
        pk = found(acme.site, "acme", include_deleted=include_deleted)

    assert pk == acme.pk


@pytest.mark.parametrize("include_deleted", [False, True])
def test_former_id_finds_the_customer(acme: Customer, include_deleted: bool) -> None:
    AliasFactory(customer=acme, public_id="former")

    assert found(acme.site, "former", include_deleted=include_deleted) == acme.pk


@pytest.mark.parametrize("public_id", ["", "ACME", "acme ", " acme", "acm", "acme%", "_cme", "\u0430cme", "x" * 200])
@pytest.mark.parametrize("include_deleted", [False, True])
def test_other_id_finds_nothing(acme: Customer, public_id: str, include_deleted: bool) -> None:
    AliasFactory(customer=acme, public_id="former")

    assert found(acme.site, public_id, include_deleted=include_deleted) is None


@pytest.mark.parametrize("include_deleted", [False, True])
def test_customer_of_another_site_is_not_found(
    acme: Customer, other_site: BillingSite, live_site: BillingSite, include_deleted: bool
) -> None:
    AliasFactory(customer=acme, public_id="former")

    answers = {
        found(each, public_id, include_deleted=include_deleted)
        for each in (other_site, live_site)
        for public_id in ("acme", "former")
    }

    assert answers == {None}


@pytest.mark.parametrize("include_deleted", [False, True])
def test_tombstone_is_found_when_asked_for(site: BillingSite, include_deleted: bool) -> None:
    tombstone = CustomerFactory(site=site, public_id="acme", deleted=True)
    AliasFactory(customer=tombstone, public_id="former")

    answers = {found(site, public_id, include_deleted=include_deleted) for public_id in ("acme", "former")}

    assert answers == {tombstone.pk if include_deleted else None}


def test_newest_of_several_tombstones_is_found(site: BillingSite) -> None:
    tombstones = [CustomerFactory(site=site, public_id="acme", deleted=True) for _ in range(3)]

    assert found(site, "acme", include_deleted=True) == tombstones[-1].pk


def test_live_customer_goes_before_its_tombstones(site: BillingSite) -> None:
    live = CustomerFactory(site=site, public_id="acme")
    CustomerFactory(site=site, public_id="acme", deleted=True)

    assert found(site, "acme", include_deleted=True) == live.pk


def test_live_customer_with_the_former_id_goes_before_a_tombstone(site: BillingSite) -> None:
    CustomerFactory(site=site, public_id="acme", deleted=True)
    live = CustomerFactory(site=site, public_id="apex")
    AliasFactory(customer=live, public_id="acme")

    assert [found(site, "acme", include_deleted=asked) for asked in (False, True)] == [live.pk, live.pk]
