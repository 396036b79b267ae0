"""CHING "Payment methods": read, attached in test mode, and the customer's default (ching-wire)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing_customers.choices import PaymentRole
from billing_customers.models import BillingSite, Customer, Event, GatewayAccount, PaymentSource
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.gateway_accounts import disable_gateway_account
from tests.clients import ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import (
    CREATED,
    NO_SUCH_CHING_CUSTOMER,
    ching_answer,
    ching_customer,
    ching_issue,
    ching_refusal,
)
from tests.operations import acts, paying

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def acme(site: BillingSite, clock: Clock) -> Customer:
    return acts.create(site, "acme", name="Acme", locale="he", at=START)


def method(source: PaymentSource, **said: Any) -> dict[str, Any]:
    """A payment method with the keys in the contract's order, of the card of these tests."""
    shown = {
        "id": source.public_id,
        "object": "payment_method",
        "type": "card",
        "status": "active",
        "is_default": False,
        "card": {
            "brand": "visa",
            "last4": "1881",
            "exp_month": 10,
            "exp_year": 2030,
            "issuer_country": None,
            "supports_installments": False,
            "supports_recurring": True,
        },
        "metadata": {},
        "livemode": False,
        "created": CREATED,
    }
    assert said.keys() <= shown.keys()
    return {**shown, **said}


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(("role", "is_default"), [(PaymentRole.PRIMARY, True), (PaymentRole.BACKUP, False)])
def test_payment_method_is_read_by_its_id(
    site: BillingSite, ching: ChingClient, role: PaymentRole, is_default: bool
) -> None:
    source = paying.attach(site, role=role, at=START)

    response = ching.get(f"/payment_methods/{source.public_id}")

    assert response.content == ching_answer(method(source, is_default=is_default))


@pytest.mark.usefixtures("acme")
def test_issuers_country_is_told_where_it_is_known(site: BillingSite, ching: ChingClient) -> None:
    source = paying.attach(site, issuing_country="IL")

    response = ching.get(f"/payment_methods/{source.public_id}")

    assert response.json()["data"]["card"]["issuer_country"] == "IL"


@pytest.mark.usefixtures("acme")
def test_method_that_is_no_card_has_none(site: BillingSite, ching: ChingClient) -> None:
    source = paying.attach(site, type="direct_debit", brand="", at=START)

    response = ching.get(f"/payment_methods/{source.public_id}")

    assert response.json()["data"] == method(source, type="direct_debit", card=None)


@pytest.mark.usefixtures("acme")
def test_detached_method_can_still_be_read(site: BillingSite, ching: ChingClient) -> None:
    source = paying.attach(site, at=START)
    acts.delete(site)

    response = ching.get(f"/payment_methods/{source.public_id}")

    assert response.json()["data"] == method(source, status="inactive")


@pytest.mark.parametrize("which", ["missing", "foreign"])
def test_method_that_is_not_there_is_missing_whoever_has_it(
    other_site: BillingSite, ching: ChingClient, which: str
) -> None:
    acts.create(other_site, "acme", at=START)
    ids = {"missing": "pm_missing", "foreign": paying.attach(other_site).public_id}

    response = ching.get(f"/payment_methods/{ids[which]}")

    assert (response.status_code, response.json()) == (404, NO_SUCH_CHING_CUSTOMER)


@pytest.mark.usefixtures("acme")
def test_methods_of_a_customer_are_listed_newest_first(site: BillingSite, ching: ChingClient) -> None:
    acts.create(site, "other", at=START)
    paying.attach(site, "other", at=START)
    old = paying.attach(site, reference="a", role=PaymentRole.PRIMARY, at=START)
    new = paying.attach(site, reference="b", at=START)
    gone = paying.attach(site, reference="c", at=START)
    PaymentSource.objects.filter(pk=gone.pk).update(deleted_at=START)

    active = ching.get("/customers/acme/payment_methods")
    inactive = ching.get("/customers/acme/payment_methods/inactive")

    assert active.content == ching_answer([method(new), method(old, is_default=True)])
    assert inactive.content == ching_answer([method(gone, status="inactive")])


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("path", ["payment_methods", "payment_methods/inactive"])
def test_customer_without_methods_has_an_empty_list(ching: ChingClient, path: str) -> None:
    assert ching.get(f"/customers/acme/{path}").content == ching_answer([])


@pytest.mark.parametrize("path", ["payment_methods", "payment_methods/inactive"])
@pytest.mark.parametrize("public_id", ["missing", "foreign", "deleted"])
def test_customer_that_is_not_there_has_no_list(
    site: BillingSite, other_site: BillingSite, ching: ChingClient, public_id: str, path: str
) -> None:
    acts.create(other_site, "foreign", at=START)
    acts.create(site, "deleted", at=START)
    acts.delete(site, "deleted")

    response = ching.get(f"/customers/{public_id}/{path}")

    assert (response.status_code, response.json()) == (404, NO_SUCH_CHING_CUSTOMER)


@pytest.mark.usefixtures("acme")
def test_test_card_is_attached_and_becomes_the_default(ching: ChingClient) -> None:
    response = ching.post("/payment_methods/test-card", {"customer": "acme"})

    source = PaymentSource.objects.get()
    card = {**method(source)["card"], "last4": "4242", "exp_month": 12, "exp_year": 2022}
    assert response.content == ching_answer(method(source, is_default=True, card=card))
    assert ching.get("/customers/acme").json()["data"] == ching_customer(
        "acme", name="Acme", default_payment_method=source.public_id
    )


@pytest.mark.usefixtures("acme")
def test_second_test_card_leaves_the_default_as_it_is(ching: ChingClient) -> None:
    first = ching.post("/payment_methods/test-card", {"customer": "acme"}).json()["data"]
    second = ching.post("/payment_methods/test-card", {"customer": "acme"}).json()["data"]

    assert (first["is_default"], second["is_default"]) == (True, False)
    assert ching.get("/customers/acme").json()["data"]["default_payment_method"] == first["id"]


@pytest.mark.usefixtures("acme")
def test_site_that_has_no_test_gateway_yet_gets_one(ching: ChingClient) -> None:
    GatewayAccount.objects.all().delete()

    response = ching.post("/payment_methods/test-card", {"customer": "acme"})

    assert (response.status_code, GatewayAccount.objects.get().backend) == (200, "test")


@pytest.mark.usefixtures("acme")
def test_test_gateway_that_is_disabled_takes_no_card(site: BillingSite, ching: ChingClient) -> None:
    disable_gateway_account(site=site, public_id=paying.an_account(site).public_id, at=START)

    response = ching.post("/payment_methods/test-card", {"customer": "acme"})

    assert response.json() == ching_issue("gateway_account_id", message="The gateway account is disabled.")
    assert PaymentSource.objects.count() == 0


def test_live_site_takes_no_test_card(live_site: BillingSite) -> None:
    acts.create(live_site, "acme", at=START)
    ching = ChingClient(create_api_key(site=live_site, scopes=["write"], at=START)[1])

    response = ching.post("/payment_methods/test-card", {"customer": "acme"})

    message = "Test cards can be attached in test mode only."
    assert (response.status_code, response.json()) == (409, ching_refusal(409, "INVALID_STATE", message))
    assert (PaymentSource.objects.count(), GatewayAccount.objects.count()) == (0, 0)


@pytest.mark.parametrize("customer", [None, "", 7, ["acme"], {}])
def test_test_card_needs_a_customer(ching: ChingClient, customer: Any) -> None:
    response = ching.post("/payment_methods/test-card", {"customer": customer})

    assert (response.status_code, response.json()) == (
        400,
        ching_issue("customer", message="Must be the id of a customer."),
    )


def test_test_card_needs_a_customer_that_is_there(ching: ChingClient) -> None:
    response = ching.post("/payment_methods/test-card", {"customer": "missing"})

    assert (response.status_code, response.json()) == (404, NO_SUCH_CHING_CUSTOMER)


@pytest.mark.usefixtures("acme")
def test_repeated_request_attaches_once(ching: ChingClient) -> None:
    answers = [
        ching.post("/payment_methods/test-card", {"customer": "acme"}, **{"Idempotency-Key": "once"}) for _ in range(2)
    ]

    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert (answers[1].content, PaymentSource.objects.count()) == (answers[0].content, 1)


@pytest.mark.usefixtures("acme")
def test_attaching_is_told_by_the_new_default_alone(ching: ChingClient) -> None:
    ching.post("/payment_methods/test-card", {"customer": "acme"})

    told = Event.objects.exclude(ching_payload=None).order_by("pk").values_list("type", flat=True)
    assert list(told) == ["customer_created", "customer_changed"]
    assert Event.objects.filter(type="payment_source_added").count() == 1


def test_deleted_customers_methods_are_told_as_detached(site: BillingSite, acme: Customer, ching: ChingClient) -> None:
    source = paying.attach(site, role=PaymentRole.PRIMARY, at=START)

    ching.delete("/customers/acme")

    event = Event.objects.get(type="payment_source_deleted")
    shown = ching.get(f"/payment_methods/{source.public_id}").json()["data"]
    assert shown == method(source, status="inactive")
    body = {"id": event.public_id, "type": "payment_method.detached", "data": shown}
    assert event.ching_payload == json.dumps(
        {**body, "livemode": False, "created": CREATED}, separators=(",", ":"), ensure_ascii=False
    )
    assert list(Event.objects.order_by("-sequence").values_list("type", flat=True)[:2]) == [
        "customer_deleted",
        "payment_source_deleted",
    ]
