"""No update is lost, and no version is given twice."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import update_customer
from tests.clients import ChargebeeClient, ChingClient
from tests.concurrency.crowd import SIZE, crowd, statuses, tally, values
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import listening

# As many different attributes as there are writers.
CHANGES: list[dict[str, Any]] = [
    {"name": "Acme"},
    {"first_name": "Dana"},
    {"last_name": "Levi"},
    {"company": "Acme Ltd"},
    {"email": "dana@example.com"},
    {"phone": "call me"},
    {"locale": "he"},
    {"metadata": {"a": 1}},
    {"referral_urls": [{"a": 1}]},
    {"created_from_ip": "192.0.2.1"},
    {"registered_for_gst": True},
    {"business_customer_without_vat_number": True},
    {"is_location_valid": True},
    {"exemption_details": [{"a": 1}]},
    {"customer_type": "business"},
    {"taxjar_exemption_category": "other"},
    {"entity_code": "a"},
    {"exempt_number": "E-1"},
    {"auto_collection": "off"},
    {"net_term_days": 30},
    {"allow_direct_debit": True},
    {"preferred_currency_code": "ILS"},
    {"offline_payment_method": "cash"},
    {"auto_close_invoices": True},
    {"consolidated_invoicing": True},
    {"invoice_notes": "Thanks"},
    {"fraud_flag": "safe"},
    {"billing_date": 3},
    {"billing_date_mode": "manually_set"},
    {"billing_day_of_week": "monday"},
    {"billing_day_of_week_mode": "manually_set"},
    {"billing_month": 4},
]


@pytest.fixture
def acme(site: BillingSite) -> Customer:
    return acts.create(site, "acme")


def test_one_of_many_writers_with_the_same_version_wins(site: BillingSite, acme: Customer) -> None:
    outcomes = crowd(
        lambda number: update_customer(
            site=site,
            public_id="acme",
            attributes={"name": f"Name {number}"},
            expected_version=acts.VERSION,
            at=NOW,
        )
    )

    assert tally(outcomes) == {"done": 1, "VersionMismatch": SIZE - 1}
    row = acts.stored(acme)
    assert (row.name, row.resource_version) == (values(outcomes)[0].name, acts.VERSION + 1)


def test_one_of_many_requests_with_the_same_etag_wins(key: str, acme: Customer) -> None:
    etag = f'"{acts.VERSION}"'

    outcomes = crowd(
        lambda number: ChingClient(key).post("/customers/acme", {"name": f"Name {number}"}, **{"If-Match": etag})
    )

    assert statuses(outcomes) == {200: 1, 412: SIZE - 1}
    won = next(answer.json()["data"]["name"] for answer in values(outcomes) if answer.status_code == 200)
    assert acts.stored(acme).name == won


def test_writers_of_different_attributes_all_prevail(site: BillingSite, acme: Customer) -> None:
    outcomes = crowd(lambda number: acts.update(site, at=NOW, **CHANGES[number]))

    assert tally(outcomes) == {"done": SIZE}
    row = vars(acts.stored(acme))
    expected = {name: value for change in CHANGES for name, value in change.items()}
    assert {name: row[name] for name in expected} == expected


def test_versions_rise_by_one_while_the_clock_stands_still(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        crowd(lambda number: acts.update(site, at=NOW, **CHANGES[number]))

    assert sorted(each.customer.resource_version for each in said) == [
        acts.VERSION + number for number in range(1, SIZE + 1)
    ]


def test_each_change_is_said_against_what_was_there_before_it(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        crowd(lambda number: acts.update(site, at=NOW, name=f"Name {number}"))

    in_order = sorted(said, key=lambda each: each.customer.resource_version)
    changes = [each.changes["name"] for each in in_order if each.changes]
    assert changes[0][0] is None
    assert all(before[1] == after[0] for before, after in pairwise(changes))


def test_writers_of_different_custom_fields_all_prevail(site: BillingSite, acme: Customer) -> None:
    crowd(lambda number: acts.update(site, custom_fields={f"cf_{number}": number}))

    assert acts.stored(acme).custom_fields == {f"cf_{number}": number for number in range(SIZE)}


def test_requests_for_different_custom_fields_all_prevail(key: str, acme: Customer) -> None:
    outcomes = crowd(lambda number: ChargebeeClient(key).post("/customers/acme", {f"cf_{number}": str(number)}))

    assert statuses(outcomes) == {200: SIZE}
    assert acts.stored(acme).custom_fields == {f"cf_{number}": str(number) for number in range(SIZE)}
    versions = [answer.json()["customer"]["resource_version"] for answer in values(outcomes)]
    assert len(set(versions)) == SIZE


def test_same_change_by_many_is_one_change(site: BillingSite, acme: Customer) -> None:
    with listening() as said:
        crowd(lambda _: acts.update(site, name="New", at=NOW))

    assert [each.changes for each in said] == [{"name": (None, "New")}]
    assert acts.stored(acme).resource_version == acts.VERSION + 1
