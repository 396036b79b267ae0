"""Chargebee "Update payment method for a customer" (chargebee-wire 3.5)."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite, Event, Job, PaymentSource
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import NO_SUCH_RESOURCE, SECONDS, VERSION, chargebee_customer, wrong_value
from tests.dialects.sources import METHOD, last_source, method_of, paying_customer, with_card

pytestmark = pytest.mark.usefixtures("clock")

PATH = "/customers/c1/update_payment_method"


def test_sample_with_a_reference(chargebee: ChargebeeClient, clock: Clock) -> None:
    old = with_card(chargebee)
    clock.forward(seconds=38)

    response = chargebee.post(PATH, METHOD)

    new, later = last_source(), {"updated_at": SECONDS + 38, "resource_version": VERSION + 38_000}
    assert response.json()["customer"] == paying_customer(new, **later)
    assert response.json()["card"] == {
        "object": "card",
        "payment_source_id": new.public_id,
        "customer_id": "c1",
        "gateway": "chargebee",
        "gateway_account_id": new.gateway_account.public_id,
        "status": "valid",
        "iin": "******",
        "last4": "1111",
        "card_type": "visa",
        "funding_type": "not_known",
        "expiry_month": 12,
        "expiry_year": 2030,
        "masked_number": "************1111",
        "created_at": SECONDS + 38,
        **later,
    }
    assert new.public_id != old


def test_replaced_source_stays_attached_without_a_role(chargebee: ChargebeeClient) -> None:
    old = with_card(chargebee)

    chargebee.post(PATH, METHOD)

    listed = [each["payment_source"]["id"] for each in chargebee.get("/payment_sources").json()["list"]]
    assert listed == [old, last_source().public_id]


def test_events_tell_of_customer_and_source(chargebee: ChargebeeClient) -> None:
    with_card(chargebee)
    before = Event.objects.latest("pk").pk

    chargebee.post(PATH, METHOD)

    assert list(Event.objects.filter(pk__gt=before).order_by("pk").values_list("type", flat=True)) == [
        "customer_changed",
        "payment_source_added",
    ]


def test_same_reference_again_attaches_nothing(chargebee: ChargebeeClient) -> None:
    chargebee.post("/customers", {"id": "c1"})
    first = chargebee.post(PATH, METHOD)

    second = chargebee.post(PATH, METHOD)

    assert second.json() == first.json()
    assert PaymentSource.objects.count() == 1


def test_other_method_than_a_card_ends_the_card(chargebee: ChargebeeClient) -> None:
    with_card(chargebee)

    response = chargebee.post(
        PATH, {"payment_method[type]": "direct_debit", "payment_method[reference_id]": "cus_1/ba_1"}
    )

    customer = chargebee_customer(
        "c1",
        payment_method=method_of(last_source(), type="direct_debit"),
        primary_payment_source_id=last_source().public_id,
        resource_version=VERSION + 1,
    )
    del customer["card_status"]
    assert response.json() == {"customer": customer}


@pytest.mark.parametrize(
    ("params", "named", "message"),
    [
        ({}, "payment_method[type]", "Is required."),
        ({"payment_method[reference_id]": "x"}, "payment_method[type]", "Is required."),
        ({"payment_method[type]": "card"}, "payment_method[reference_id]", "Is required, unless there is a tmp_token."),
        (
            {**METHOD, "payment_method[tmp_token]": "tok"},
            "payment_method[tmp_token]",
            "Cannot be given together with a reference_id.",
        ),
        ({**METHOD, "payment_method[type]": "apple_pay"}, "payment_method[type]", "Cannot be apple_pay here."),
        (
            {**METHOD, "payment_method[reference_id]": "x" * 201},
            "payment_method[reference_id]",
            "Must have at most 200 characters.",
        ),
    ],
)
def test_refused_parameter_is_named_and_nothing_changes(
    chargebee: ChargebeeClient, params: dict[str, str], named: str, message: str
) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post(PATH, params)

    assert (response.status_code, response.json()) == (400, wrong_value(named, message))
    assert chargebee.get("/customers/c1").json() == made.json()
    assert PaymentSource.objects.count() == 0


def test_site_without_a_gateway_takes_none(live_site: BillingSite) -> None:
    chargebee = ChargebeeClient(create_api_key(site=live_site, scopes=["write"], at=START)[1])
    chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post(PATH, METHOD)

    assert response.json() == wrong_value("payment_method[reference_id]", "No payment gateway is set up to take it.")


def test_unknown_customer_is_missing(chargebee: ChargebeeClient) -> None:
    response = chargebee.post(PATH, METHOD)

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


def test_version_that_is_not_the_current_one_is_refused(chargebee: ChargebeeClient) -> None:
    made = chargebee.post("/customers", {"id": "c1"})

    response = chargebee.post(PATH, METHOD, **{"if-match": '"1"'})

    assert response.status_code == 409
    assert chargebee.get("/customers/c1").json() == made.json()
    # It was only referred to: the gateway keeps it.
    assert Job.objects.filter(kind="payment_sources.detach").count() == 0
