"""However many callers upsert one value at once, one customer comes of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from billing_customers.choices import IdentifyBy
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.customers import upsert_customer
from tests.clients import ChingClient
from tests.concurrency.crowd import SIZE, crowd, statuses, tally, values
from tests.fixtures import NOW

SPELLINGS = {
    IdentifyBy.EMAIL: ["dana@example.com", "Dana@Example.com", " DANA@EXAMPLE.COM ", "dAnA@example.COM"],
    IdentifyBy.PHONE: ["+972501234567", "050-123-4567", "00972 50 123 4567", "\u200e050 1234567"],
    IdentifyBy.TAX_ID: ["DE136695976", "de 136 695 976", "DE-136.695/976", "\uff24\uff25136695976"],
}
WIRE = {IdentifyBy.EMAIL: "email", IdentifyBy.PHONE: "phone", IdentifyBy.TAX_ID: "taxId"}


def upsert(site: BillingSite, identify_by: IdentifyBy, number: int) -> bool:
    spellings = SPELLINGS[identify_by]
    attributes: Any = {
        "name": "Dana",
        identify_by.value: spellings[number % len(spellings)],
        "custom_fields": {f"cf_{number}": number},
    }
    return upsert_customer(site=site, identify_by=identify_by, attributes=attributes, at=NOW)[1]


@pytest.mark.parametrize("identify_by", IdentifyBy)
def test_one_customer_is_created_and_the_others_update_it(site: BillingSite, identify_by: IdentifyBy) -> None:
    outcomes = crowd(lambda number: upsert(site, identify_by, number))

    assert tally(outcomes) == {"done": SIZE}
    assert Counter(values(outcomes)) == {True: 1, False: SIZE - 1}
    assert Customer.objects.get().custom_fields == {f"cf_{number}": number for number in range(SIZE)}


@pytest.mark.parametrize("identify_by", IdentifyBy)
def test_one_customer_comes_of_parallel_requests(site: BillingSite, key: str, identify_by: IdentifyBy) -> None:
    wire, spellings = WIRE[identify_by], SPELLINGS[identify_by]

    def post(number: int) -> Any:
        body = {"identifyBy": wire, wire: spellings[number % len(spellings)], "name": f"Dana {number}"}
        return ChingClient(key).post("/customers/upsert", body)

    outcomes = crowd(post)

    assert statuses(outcomes) == {200: SIZE}
    assert Counter(answer.json()["action"] for answer in values(outcomes)) == {"created": 1, "updated": SIZE - 1}
    assert {answer.json()["data"]["id"] for answer in values(outcomes)} == {Customer.objects.get().public_id}


def test_sites_do_not_share_a_customer(site: BillingSite, other_site: BillingSite) -> None:
    sites = [site, other_site]

    outcomes = crowd(lambda number: upsert(sites[number % 2], IdentifyBy.EMAIL, number))

    assert Counter(values(outcomes)) == {True: 2, False: SIZE - 2}
    assert [Customer.objects.filter(site=each).count() for each in sites] == [1, 1]


def test_different_values_make_different_customers(site: BillingSite) -> None:
    def act(number: int) -> bool:
        attributes: Any = {"name": "Dana", "email": f"dana{number % 8}@example.com"}
        return upsert_customer(site=site, identify_by=IdentifyBy.EMAIL, attributes=attributes, at=NOW)[1]

    outcomes = crowd(act)

    assert Counter(values(outcomes)) == {True: 8, False: SIZE - 8}
    assert Customer.objects.values("email_key").distinct().count() == Customer.objects.count() == 8


def test_two_keys_of_one_site_share_the_customer(site: BillingSite) -> None:
    keys = [create_api_key(site=site, scopes=["write"], at=NOW)[1] for _ in range(2)]

    def post(number: int) -> Any:
        body = {"identifyBy": "email", "email": "dana@example.com", "name": "Dana"}
        return ChingClient(keys[number % 2]).post("/customers/upsert", body)

    outcomes = crowd(post, 8)

    assert Counter(answer.json()["action"] for answer in values(outcomes)) == {"created": 1, "updated": 7}
