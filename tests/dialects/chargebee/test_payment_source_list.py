"""Chargebee "List payment sources": filters, order and pages."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, PaymentSource
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import SECONDS, wrong_value
from tests.dialects.sources import payment_source
from tests.operations import acts, paying

PATH = "/payment_sources"


@pytest.fixture
def sources(site: BillingSite, clock: Clock) -> list[PaymentSource]:
    """Two of ``ann``, one of ``bob`` and one of hers that was detached, in this order, a second apart."""
    acts.create(site, "ann", at=START)
    acts.create(site, "bob", at=START)
    made = []
    for number, (owner, said) in enumerate(
        [
            ("ann", {}),
            ("ann", {"type": "direct_debit", "status": "pending_verification"}),
            ("bob", {"status": "expired"}),
            ("ann", {}),
        ]
    ):
        clock.forward(seconds=1)
        made.append(paying.attach(site, owner, reference=f"tok_{number}", at=clock.at, **said))
    clock.forward(seconds=1)
    PaymentSource.objects.filter(pk=made[3].pk).update(deleted_at=clock.at, updated_at=clock.at)
    PaymentSource.objects.filter(pk=made[0].pk).update(updated_at=clock.at)
    return made


def places(response: Any, sources: list[PaymentSource]) -> list[int]:
    """Which of ``sources`` an answer lists, in its order."""
    order = [source.public_id for source in sources]
    return [order.index(each["payment_source"]["id"]) for each in response.json()["list"]]


def test_entry_is_the_whole_resource(chargebee: ChargebeeClient, sources: list[PaymentSource]) -> None:
    (entry,) = chargebee.get(PATH, {"customer_id[is]": "bob"}).json()["list"]

    source = sources[2]
    at = {"created_at": SECONDS + 3, "updated_at": SECONDS + 3, "resource_version": source.resource_version}
    card = {
        "object": "card",
        "iin": "401288",
        "last4": "1881",
        "brand": "visa",
        "funding_type": "not_known",
        "expiry_month": 10,
        "expiry_year": 2030,
        "masked_number": "************1881",
    }
    assert entry == {"payment_source": payment_source(source, "bob", status="expired", card=card, **at)}


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, [0, 1, 2]),
        ({"include_deleted": "true"}, [0, 1, 2, 3]),
        ({"include_deleted": "false"}, [0, 1, 2]),
        ({"customer_id[is]": "ann"}, [0, 1]),
        ({"customer_id[is_not]": "ann"}, [2]),
        ({"customer_id[in]": '["ann","bob"]'}, [0, 1, 2]),
        ({"customer_id[not_in]": "['ann']"}, [2]),
        ({"customer_id[starts_with]": "bo"}, [2]),
        ({"customer_id[is]": "nobody"}, []),
        ({"type[is]": "card"}, [0, 2]),
        ({"type[is_not]": "card"}, [1]),
        ({"type[in]": "[card,direct_debit]"}, [0, 1, 2]),
        ({"type[not_in]": "[card]"}, [1]),
        ({"status[is]": "expired"}, [2]),
        ({"status[in]": '["valid","expired"]'}, [0, 2]),
        ({"created_at[after]": str(SECONDS + 1)}, [1, 2]),
        ({"created_at[before]": str(SECONDS + 2)}, [0]),
        ({"created_at[between]": f"[{SECONDS + 2},{SECONDS + 3}]"}, [1, 2]),
        ({"created_at[on]": str(SECONDS)}, [0, 1, 2]),
        ({"updated_at[after]": str(SECONDS + 4)}, [0]),
        ({"type[is]": "card", "status[is]": "valid", "customer_id[is]": "ann"}, [0]),
        ({"sort_by[asc]": "created_at"}, [0, 1, 2]),
        ({"sort_by[desc]": "created_at"}, [2, 1, 0]),
        ({"sort_by[asc]": "updated_at"}, [1, 2, 0]),
        ({"sort_by[desc]": "updated_at"}, [0, 2, 1]),
        ({"subscription_id": "ignored"}, [0, 1, 2]),
    ],
)
def test_list_is_filtered_and_ordered(
    chargebee: ChargebeeClient, sources: list[PaymentSource], params: dict[str, str], found: list[int]
) -> None:
    assert places(chargebee.get(PATH, params), sources) == found


@pytest.mark.parametrize(("operator", "found"), [("is", [1]), ("in", [1]), ("is_not", [0, 2])])
def test_list_is_filtered_by_id(
    chargebee: ChargebeeClient, sources: list[PaymentSource], operator: str, found: list[int]
) -> None:
    public_id = sources[1].public_id
    value = f'["{public_id}"]' if operator == "in" else public_id

    assert places(chargebee.get(PATH, {f"id[{operator}]": value}), sources) == found


@pytest.mark.parametrize("order", [{}, {"sort_by[desc]": "updated_at"}])
def test_pages_follow_one_another(
    chargebee: ChargebeeClient, sources: list[PaymentSource], order: dict[str, str]
) -> None:
    whole = places(chargebee.get(PATH, order), sources)
    first = chargebee.get(PATH, {**order, "limit": "2"})
    second = chargebee.get(PATH, {**order, "limit": "2", "offset": first.json()["next_offset"]})

    assert places(first, sources) + places(second, sources) == whole
    assert "next_offset" not in second.json()


def test_offset_is_good_for_its_own_list_alone(chargebee: ChargebeeClient, sources: list[PaymentSource]) -> None:
    offset = chargebee.get(PATH, {"limit": "1"}).json()["next_offset"]

    response = chargebee.get(PATH, {"offset": offset, "customer_id[is]": "ann"})

    assert response.json() == wrong_value("offset", "Must be the next_offset of the same list.")


@pytest.mark.parametrize(
    ("params", "named", "message"),
    [
        ({"status[is]": "no_card"}, "status[is]", None),
        ({"type[in]": "[card,cash]"}, "type[in]", None),
        ({"type[starts_with]": "c"}, "type[starts_with]", "Supported operators: is, is_not, in, not_in."),
        ({"created_at[after]": "today"}, "created_at[after]", "Must be an integer."),
        ({"sort_by[asc]": "status"}, "sort_by[asc]", "Must be created_at or updated_at."),
        ({"limit": "101"}, "limit", "Must be an integer from 1 to 100."),
        ({"include_deleted": "yes"}, "include_deleted", "Must be true or false."),
    ],
)
def test_refused_parameter_is_named(
    chargebee: ChargebeeClient, params: dict[str, str], named: str, message: str | None
) -> None:
    response = chargebee.get(PATH, params)

    assert (response.status_code, response.json()["param"]) == (400, named)
    assert message in {None, response.json()["error_msg"]}
