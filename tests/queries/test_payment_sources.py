"""Payment sources are found by id, by customer, and page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing_customers.models import BillingSite, PaymentSource
from billing_customers.queries.conditions import Condition
from billing_customers.queries.customers import Cursor, find_customer
from billing_customers.queries.payment_sources import COLUMNS, find_source, page_of_sources, sources_of
from tests.fixtures import NOW
from tests.operations import acts, paying


@pytest.fixture
def sources(site: BillingSite) -> list[PaymentSource]:
    """Four of ``acme``, a second apart, the last of them detached; and one of ``other``."""
    acts.create(site, "acme")
    acts.create(site, "other")
    made = [
        paying.attach(site, "acme", reference=f"tok_{number}", at=NOW + timedelta(seconds=number))
        for number in range(4)
    ]
    PaymentSource.objects.filter(pk=made[3].pk).update(deleted_at=NOW, updated_at=NOW + timedelta(days=1))
    return [*made, paying.attach(site, "other", reference="tok_4", at=NOW + timedelta(seconds=4))]


def ids(rows: list[dict[str, object]]) -> list[object]:
    return [row["id"] for row in rows]


def test_row_has_what_both_contracts_show(site: BillingSite, sources: list[PaymentSource]) -> None:
    row = find_source(site, sources[0].public_id)

    assert row is not None
    assert tuple(row) == COLUMNS
    assert (row["id"], row["customer__public_id"], row["gateway_account__public_id"]) == (
        sources[0].pk,
        "acme",
        paying.an_account(site).public_id,
    )


@pytest.mark.parametrize(("include_detached", "is_found"), [(False, False), (True, True)])
def test_detached_source_is_found_when_it_is_asked_for(
    site: BillingSite, sources: list[PaymentSource], include_detached: bool, is_found: bool
) -> None:
    row = find_source(site, sources[3].public_id, include_detached=include_detached)

    assert (row is not None) is is_found


def test_source_of_another_site_is_not_found(other_site: BillingSite, sources: list[PaymentSource]) -> None:
    assert find_source(other_site, sources[0].public_id, include_detached=True) is None
    assert page_of_sources(other_site, include_detached=True, limit=10).rows == []


@pytest.mark.parametrize(("descending", "order"), [(False, [0, 1, 2, 4]), (True, [4, 2, 1, 0])])
def test_pages_follow_one_another(
    site: BillingSite, sources: list[PaymentSource], descending: bool, order: list[int]
) -> None:
    first = page_of_sources(site, descending=descending, limit=3)
    second = page_of_sources(site, descending=descending, limit=3, after=first.next)

    assert ids(first.rows) + ids(second.rows) == [sources[number].pk for number in order]
    assert second.next is None


def test_rows_of_one_instant_are_told_apart_by_their_key(site: BillingSite, sources: list[PaymentSource]) -> None:
    PaymentSource.objects.update(created_at=NOW)

    page = page_of_sources(site, limit=1, after=Cursor(NOW, sources[0].pk))

    assert ids(page.rows) == [sources[1].pk]


def test_order_can_be_that_of_the_last_change(site: BillingSite, sources: list[PaymentSource]) -> None:
    page = page_of_sources(site, include_detached=True, sort="updated_at", descending=True, limit=2)

    assert ids(page.rows) == [sources[3].pk, sources[4].pk]
    assert page.next == Cursor(sources[4].updated_at, sources[4].pk)


def test_conditions_are_joined(site: BillingSite, sources: list[PaymentSource]) -> None:
    given = [Condition("customer_id", "in", ["acme"]), Condition("created_at", "after", NOW)]

    assert ids(page_of_sources(site, conditions=given, limit=10).rows) == [sources[1].pk, sources[2].pk]


@pytest.mark.parametrize(("detached", "order"), [(False, [2, 1, 0]), (True, [3])])
def test_sources_of_a_customer_come_newest_first(
    site: BillingSite, sources: list[PaymentSource], detached: bool, order: list[int]
) -> None:
    customer = find_customer(site, "acme", ("id",))

    assert customer is not None
    rows = sources_of(site, customer["id"], detached=detached, limit=10)
    assert ids(rows) == [sources[number].pk for number in order]
    assert ids(sources_of(site, customer["id"], limit=1)) == [sources[2].pk]
