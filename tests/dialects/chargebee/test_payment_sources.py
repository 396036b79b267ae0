"""Chargebee's payment sources: made, read, deleted; and the card of a customer (chargebee-wire 3.2, 4)."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Event, Job, PaymentSource
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import (
    NO_SUCH_RESOURCE,
    SECONDS,
    VERSION,
    chargebee_customer,
    chargebee_refusal,
    wrong_value,
)
from tests.dialects.sources import (
    CARD,
    DECLINED,
    card_of,
    last_source,
    paying_customer,
    payment_source,
    source_id,
    with_card,
)

pytestmark = pytest.mark.usefixtures("clock")

OWNER = {"customer_id": "c1"}
# The rest of what each call needs that makes a source.
CREATIONS: dict[str, dict[str, str]] = {
    "create_card": CARD,
    "create_bank_account": {"bank_account[account_number]": "000222222227"},
    "create_using_permanent_token": {"type": "card", "reference_id": "cus_1/card_1"},
    "create_using_temp_token": {"type": "card", "tmp_token": "tok_once"},
}


def create(chargebee: ChargebeeClient, how: str = "create_card", **more: str) -> Any:
    return chargebee.post(f"/payment_sources/{how}", {**OWNER, **CREATIONS[how], **more})


@pytest.fixture
def c1(clock: Clock, chargebee: ChargebeeClient) -> None:
    """A customer without a source."""
    chargebee.post("/customers", {"id": "c1"})


@pytest.mark.usefixtures("c1")
def test_first_card_is_the_primary_one(chargebee: ChargebeeClient) -> None:
    response = create(chargebee)

    source = last_source()
    assert response.json() == {
        "customer": paying_customer(source, resource_version=VERSION + 1),
        "payment_source": payment_source(source),
    }


@pytest.mark.usefixtures("c1")
def test_bank_account_is_shown_by_its_last_digits(chargebee: ChargebeeClient) -> None:
    details = {"bank_account[bank_name]": "US Bank", "bank_account[account_type]": "savings"}

    response = create(chargebee, "create_bank_account", **details)

    assert response.json()["payment_source"] == payment_source(
        last_source(),
        type="direct_debit",
        status="pending_verification",
        card=None,
        bank_account={
            "object": "bank_account",
            "last4": "2227",
            "bank_name": "US Bank",
            "account_type": "savings",
        },
    )


@pytest.mark.usefixtures("c1")
def test_reference_of_the_gateway_is_kept(chargebee: ChargebeeClient) -> None:
    response = create(chargebee, "create_using_permanent_token", issuing_country="US")

    shown = response.json()["payment_source"]
    assert (shown["reference_id"], shown["issuing_country"], shown["card"]["last4"]) == ("cus_1/card_1", "US", "1111")


@pytest.mark.usefixtures("c1")
def test_wallet_has_a_card_and_its_own_type(chargebee: ChargebeeClient) -> None:
    response = create(chargebee, "create_using_temp_token", type="apple_pay")

    shown = response.json()["payment_source"]
    assert (shown["type"], shown["card"]["brand"], "bank_account" in shown) == ("apple_pay", "visa", False)


@pytest.mark.parametrize("how", CREATIONS)
@pytest.mark.parametrize(("given", "becomes"), [({}, False), ({"replace_primary_payment_source": "true"}, True)])
def test_further_source_becomes_primary_when_it_is_to(
    chargebee: ChargebeeClient, how: str, given: dict[str, str], becomes: bool
) -> None:
    with_card(chargebee)

    response = create(chargebee, how, **given)

    is_primary = response.json()["customer"]["primary_payment_source_id"] == source_id(response)
    assert is_primary is becomes


@pytest.mark.parametrize("how", CREATIONS)
def test_customer_must_be_known(chargebee: ChargebeeClient, other_site: BillingSite, how: str) -> None:
    stranger = ChargebeeClient(create_api_key(site=other_site, scopes=["write"], at=START)[1])
    stranger.post("/customers", {"id": "c1"})

    answers = [create(chargebee, how, customer_id=public_id) for public_id in ("c1", "missing")]

    missing = chargebee_refusal(404, "resource_not_found", "Sorry, we couldn't find that resource", "customer_id")
    assert [(answer.status_code, answer.json()) for answer in answers] == [(404, missing)] * 2
    assert PaymentSource.objects.count() == 0


@pytest.mark.usefixtures("c1")
@pytest.mark.parametrize(
    ("how", "params", "named", "message"),
    [
        ("create_card", {"customer_id": ""}, "customer_id", "Is required."),
        ("create_card", {"card[number]": ""}, "card[number]", "Is required."),
        (
            "create_bank_account",
            {"bank_account[account_number]": "123"},
            "bank_account[account_number]",
            "Must have at least 4 characters.",
        ),
        ("create_using_permanent_token", {"type": ""}, "type", "Is required."),
        (
            "create_using_permanent_token",
            {"reference_id": ""},
            "reference_id",
            "Is required, unless there is a tmp_token.",
        ),
        ("create_using_temp_token", {"tmp_token": ""}, "tmp_token", "Is required."),
        (
            "create_card",
            {"replace_primary_payment_source": "yes"},
            "replace_primary_payment_source",
            "Must be true or false.",
        ),
    ],
)
def test_refused_parameter_is_named(
    chargebee: ChargebeeClient, how: str, params: dict[str, str], named: str, message: str
) -> None:
    response = create(chargebee, how, **params)

    assert (response.status_code, response.json()) == (400, wrong_value(named, message))


@pytest.mark.usefixtures("c1")
def test_declined_card_is_not_attached(chargebee: ChargebeeClient) -> None:
    response = create(chargebee, **DECLINED)

    assert (response.status_code, response.json()["type"]) == (400, "payment")
    assert chargebee.get("/customers/c1").json() == {"customer": chargebee_customer("c1")}


def test_source_is_read_by_its_id(chargebee: ChargebeeClient) -> None:
    public_id = with_card(chargebee)

    response = chargebee.get(f"/payment_sources/{public_id}")

    assert response.json() == {"payment_source": payment_source(last_source())}


@pytest.mark.parametrize("how", ["delete", "delete_local"])
def test_deleted_source_leaves_the_customer_without_a_card(chargebee: ChargebeeClient, clock: Clock, how: str) -> None:
    public_id = with_card(chargebee)
    clock.forward(seconds=1)

    response = chargebee.post(f"/payment_sources/{public_id}/{how}")

    later = {"updated_at": SECONDS + 1, "resource_version": VERSION + 1000}
    assert response.json() == {
        "customer": chargebee_customer("c1", **later),
        "payment_source": payment_source(last_source(), deleted=True, **later),
    }


@pytest.mark.parametrize(("how", "jobs"), [("delete", 1), ("delete_local", 0)])
def test_gateway_is_told_unless_the_deletion_is_local(chargebee: ChargebeeClient, how: str, jobs: int) -> None:
    public_id = with_card(chargebee)

    chargebee.post(f"/payment_sources/{public_id}/{how}")

    assert Job.objects.filter(kind="payment_sources.detach").count() == jobs


def test_backup_takes_the_place_of_the_primary_source(chargebee: ChargebeeClient) -> None:
    primary = with_card(chargebee)
    backup = source_id(create(chargebee))
    chargebee.post("/customers/c1/assign_payment_role", {"payment_source_id": backup, "role": "backup"})

    shown = chargebee.post(f"/payment_sources/{primary}/delete").json()["customer"]

    assert (shown["primary_payment_source_id"], "backup_payment_source_id" in shown) == (backup, False)


@pytest.mark.parametrize("call", ["get", "delete", "delete_local"])
def test_source_that_is_not_there_is_missing_whoever_has_it(
    chargebee: ChargebeeClient, other_site: BillingSite, call: str
) -> None:
    stranger = ChargebeeClient(create_api_key(site=other_site, scopes=["write"], at=START)[1])
    deleted = with_card(chargebee)
    chargebee.post(f"/payment_sources/{deleted}/delete")

    answers = [
        chargebee.get(f"/payment_sources/{each}")
        if call == "get"
        else chargebee.post(f"/payment_sources/{each}/{call}")
        for each in ("pm_missing", deleted, with_card(stranger))
    ]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(404, NO_SUCH_RESOURCE)] * 3


def test_events_tell_of_customer_and_source(chargebee: ChargebeeClient) -> None:
    public_id = with_card(chargebee)
    chargebee.post(f"/payment_sources/{public_id}/delete")

    told = [each["event"] for each in chargebee.get("/events").json()["list"]]

    assert [each["event_type"] for each in told] == [
        "customer_created",
        "payment_source_added",
        "customer_changed",
        "payment_source_deleted",
    ]
    assert Event.objects.count() == 4
    added, deleted = told[1]["content"], told[3]["content"]
    source = last_source()
    assert added == {
        "customer": paying_customer(source),
        "card": card_of(source),
        "payment_source": payment_source(source),
    }
    version = {"resource_version": VERSION + 1}
    assert deleted == {
        "customer": chargebee_customer("c1", **version),
        "payment_source": payment_source(source, deleted=True, **version),
    }


def test_card_of_a_customer_is_read_by_the_customers_id(chargebee: ChargebeeClient) -> None:
    with_card(chargebee)

    assert chargebee.get("/cards/c1").json() == {"card": card_of(last_source())}


@pytest.mark.parametrize("which", ["missing", "without", "paying by debit"])
def test_customer_without_a_card_has_none(chargebee: ChargebeeClient, which: str) -> None:
    chargebee.post("/customers", {"id": "without"})
    chargebee.post("/customers", {"id": "debit", "bank_account[account_number]": "000222222227"})

    response = chargebee.get(f"/cards/{which.rpartition(' ')[2]}")

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


def test_card_of_a_customer_is_deleted(chargebee: ChargebeeClient) -> None:
    with_card(chargebee)

    response = chargebee.post("/customers/c1/delete_card")

    assert response.json() == {"customer": chargebee_customer("c1", resource_version=VERSION + 1)}
    assert PaymentSource.objects.attached().count() == 0


@pytest.mark.usefixtures("c1")
def test_deleting_the_card_of_a_customer_without_one_changes_nothing(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers/c1/delete_card")

    assert (response.status_code, response.json()) == (200, {"customer": chargebee_customer("c1")})


def test_deleting_the_card_of_nobody_is_refused(chargebee: ChargebeeClient) -> None:
    response = chargebee.post("/customers/missing/delete_card")

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)
