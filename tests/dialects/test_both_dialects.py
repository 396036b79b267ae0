"""One customer, two contracts: what is written over one dialect reads right over the other, matter by matter."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.customers import create_customer, rename_customer
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import (
    GENERATED_ID,
    SECONDS,
    VERSION,
    chargebee_customer,
    ching_customer,
)

pytestmark = pytest.mark.usefixtures("clock")


def made_by_ching(ching: ChingClient, **body: Any) -> str:
    public_id: str = ching.post("/customers", {"name": "Tal Levi", **body}).json()["data"]["id"]
    return public_id


def test_a_customer_of_ching_is_whole_in_chargebee(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    made = made_by_ching(
        ching,
        email="tal@example.com",
        phone="054-987-6543",
        locale="en",
        taxId="DE136695976",
        metadata={"user": [7]},
    )

    assert chargebee.get(f"/customers/{made}").json() == {
        "customer": chargebee_customer(
            made,
            email="tal@example.com",
            phone="054-987-6543",
            locale="en",
            vat_number="DE136695976",
            vat_number_status="not_validated",
            meta_data={"user": [7]},
        )
    }


def test_a_customer_of_chargebee_is_whole_in_ching(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    chargebee.post(
        "/customers",
        {
            "id": "c1",
            "first_name": "Tal",
            "last_name": "Levi",
            "email": "tal@example.com",
            "phone": "054-987-6543",
            "vat_number": "DE136695976",
            "meta_data": '{"user":[7]}',
            "cf_tier": "gold",
            "billing_address[city]": "Haifa",
        },
    )

    assert ching.get("/customers/c1").json()["data"] == ching_customer(
        "c1",
        name="Tal Levi",
        email="tal@example.com",
        phone="+972549876543",
        locale=None,
        taxId="DE136695976",
        metadata={"user": [7]},
    )


def test_an_id_is_generated_alike(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    generated = [made_by_ching(ching), chargebee.post("/customers").json()["customer"]["id"]]

    assert [bool(GENERATED_ID.match(each)) for each in generated] == [True, True]


def test_a_former_id_answers_in_both(ching: ChingClient, chargebee: ChargebeeClient, site: BillingSite) -> None:
    create_customer(site=site, public_id="old", attributes={}, at=START)
    rename_customer(site=site, public_id="old", new_public_id="new", at=START)

    assert ching.get("/customers/old").json()["data"]["id"] == "new"
    assert chargebee.get("/customers/old").json()["customer"]["id"] == "new"


def test_the_parts_of_a_name_never_overwrite_a_name_that_was_given(
    ching: ChingClient, chargebee: ChargebeeClient
) -> None:
    made = made_by_ching(ching)

    parts = chargebee.post(f"/customers/{made}", {"first_name": "Dana"}).json()["customer"]

    assert (parts["first_name"], "name" in parts) == ("Dana", False)
    assert ching.get(f"/customers/{made}").json()["data"]["name"] == "Tal Levi"


def test_a_name_never_overwrites_the_parts(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "first_name": "John", "last_name": "Doe"})

    assert ching.post("/customers/c1", {"name": "JD"}).json()["data"]["name"] == "JD"
    customer = chargebee.get("/customers/c1").json()["customer"]
    assert (customer["first_name"], customer["last_name"]) == ("John", "Doe")


def test_a_phone_that_cannot_be_dialled_is_taken_by_chargebee_and_shown_by_both(
    ching: ChingClient, chargebee: ChargebeeClient
) -> None:
    shown = chargebee.post("/customers", {"id": "c1", "phone": "(541) 754-3010"}).json()["customer"]["phone"]

    assert shown == ching.get("/customers/c1").json()["data"]["phone"] == "(541) 754-3010"


def test_a_phone_finds_its_customer_in_either_spelling(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "phone": "054-987-6543"})

    by_upsert = ching.post("/customers/upsert", {"identifyBy": "phone", "phone": "+972549876543"}).json()
    by_filter = chargebee.get("/customers", {"phone[is]": "+972 54-987-6543"}).json()

    assert (by_upsert["action"], by_upsert["data"]["id"]) == ("updated", "c1")
    assert [each["customer"]["id"] for each in by_filter["list"]] == ["c1"]


def test_an_email_is_kept_as_given_and_matched_by_its_key(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1", "email": "Tal@Example.COM"})

    matched = ching.post("/customers/upsert", {"identifyBy": "email", "email": "TAL@example.com"}).json()

    assert (matched["action"], matched["data"]["id"]) == ("updated", "c1")
    assert matched["data"]["email"] == "TAL@example.com"


def test_an_email_of_ching_may_be_longer_than_chargebees(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    email = "e" * 60 + "@" + ".".join(["d" * 60] * 2) + ".com"
    made = made_by_ching(ching, email=email)

    assert chargebee.get(f"/customers/{made}").json()["customer"]["email"] == email


@pytest.mark.parametrize("nothing", ["", None])
def test_both_clear_an_email(ching: ChingClient, chargebee: ChargebeeClient, nothing: str | None) -> None:
    made = [made_by_ching(ching, email="t@x.co") for _ in range(2)]
    ching.post(f"/customers/{made[0]}", {"email": nothing})
    chargebee.post(f"/customers/{made[1]}", {"email": ""})

    assert [ching.get(f"/customers/{each}").json()["data"]["email"] for each in made] == [None, None]
    assert ["email" in chargebee.get(f"/customers/{each}").json()["customer"] for each in made] == [False, False]


def test_metadata_is_one_object_for_both(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    made = made_by_ching(ching, metadata={"a": 1})
    chargebee.post(f"/customers/{made}", {"meta_data": "{'b': 2}"})

    assert ching.get(f"/customers/{made}").json()["data"]["metadata"] == {"b": 2}


def test_metadata_that_was_never_set_is_empty_here_and_absent_there(
    ching: ChingClient, chargebee: ChargebeeClient
) -> None:
    made = made_by_ching(ching)

    assert ching.get(f"/customers/{made}").json()["data"]["metadata"] == {}
    assert "meta_data" not in chargebee.get(f"/customers/{made}").json()["customer"]


def test_ching_stores_a_locale_and_chargebee_leaves_it_absent(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    made = made_by_ching(ching)
    bare = chargebee.post("/customers").json()["customer"]

    assert chargebee.get(f"/customers/{made}").json()["customer"]["locale"] == "he"
    assert "locale" not in bare


def test_times_and_versions_are_the_same_in_both(ching: ChingClient, chargebee: ChargebeeClient, clock: Clock) -> None:
    clock.forward(milliseconds=900)
    made = made_by_ching(ching)

    seen = ching.get(f"/customers/{made}")
    customer = chargebee.get(f"/customers/{made}").json()["customer"]

    assert seen.json()["data"]["created"] == "2018-02-01T17:22:11.900Z"
    assert (customer["created_at"], customer["updated_at"]) == (SECONDS, SECONDS)
    assert seen.headers["ETag"] == f'"{customer["resource_version"]}"' == f'"{VERSION + 900}"'


def test_a_write_of_the_other_dialect_is_seen_by_if_match(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    made = made_by_ching(ching)
    chargebee.post(f"/customers/{made}", {"company": "Acme"})

    response = ching.post(f"/customers/{made}", {"name": "Lost"}, **{"If-Match": f'"{VERSION}"'})

    assert response.status_code == 412


def test_a_deleted_customer_is_a_stub_here_and_missing_there(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    made = made_by_ching(ching)
    ching.delete(f"/customers/{made}")

    assert ching.get(f"/customers/{made}").json()["data"] == {"id": made, "object": "customer", "deleted": True}
    assert chargebee.get(f"/customers/{made}").status_code == 404
    shown = chargebee.get("/customers", {"include_deleted": "true"}).json()["list"]
    assert [(each["customer"]["id"], each["customer"]["deleted"]) for each in shown] == [(made, True)]


def test_what_ching_cannot_say_it_does_not_drop(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    params = {
        "id": "c1",
        "company": "Acme",
        "net_term_days": "30",
        "auto_collection": "off",
        "cf_tier": "gold",
        "billing_address[city]": "Haifa",
    }
    before = chargebee.post("/customers", params).json()["customer"]

    ching.post("/customers/c1", {"name": "Tal", "metadata": {}, "email": ""})

    after = chargebee.get("/customers/c1").json()["customer"]
    assert after == {**before, "meta_data": {}, "resource_version": VERSION + 1}


def test_without_a_payment_method_both_say_so(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    made = made_by_ching(ching)
    customer = chargebee.get(f"/customers/{made}").json()["customer"]

    assert ching.get(f"/customers/{made}").json()["data"]["default_payment_method"] is None
    assert (customer["card_status"], "payment_method" in customer) == ("no_card", False)
    assert "primary_payment_source_id" not in customer


def test_both_list_the_same_customers(ching: ChingClient, chargebee: ChargebeeClient) -> None:
    made = {made_by_ching(ching), chargebee.post("/customers").json()["customer"]["id"]}

    assert {each["id"] for each in ching.get("/customers").json()["data"]} == made
    assert {each["customer"]["id"] for each in chargebee.get("/customers").json()["list"]} == made
