"""Chargebee's promotional credits: "Add", "Deduct" and "Set", in both families of paths, "List" and "Retrieve"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, LedgerEntry
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChargebeeClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import (
    NO_SUCH_RESOURCE,
    SECONDS,
    VERSION,
    chargebee_balances,
    chargebee_customer,
    chargebee_refusal,
    wrong_value,
)
from tests.operations import acts
from tests.operations.money import credit, nothing_stored, pay

VERBS = ("add", "deduct", "set")
OF_CUSTOMER = [f"/customers/acme/{verb}_promotional_credits" for verb in VERBS]
OF_SITE = [f"/promotional_credits/{verb}" for verb in VERBS]
SAID = {"amount": "100", "description": "For the delay"}


@pytest.fixture
def acme(site: BillingSite, clock: Clock) -> None:
    """A customer with 1,000 in USD; a second later."""
    acts.create(site, "acme", at=START, first_name="John")
    credit(site, 1000, at=START)
    clock.forward(seconds=1)


def customer_with(amount: int, version: int = VERSION + 1000) -> dict[str, Any]:
    return chargebee_customer(
        "acme",
        first_name="John",
        resource_version=version,
        updated_at=SECONDS + 1,
        **chargebee_balances(USD={"promotional_credits": amount}),
    )


@pytest.mark.parametrize(("path", "after"), list(zip(OF_CUSTOMER, (1100, 900, 100), strict=True)))
def test_older_family_answers_the_customer(chargebee: ChargebeeClient, acme: None, path: str, after: int) -> None:
    response = chargebee.post(path, SAID)

    assert (response.status_code, response.json()) == (200, {"customer": customer_with(after)})


@pytest.mark.parametrize(
    ("path", "kind", "amount", "after"),
    [
        ("/promotional_credits/add", "increment", 100, 1100),
        ("/promotional_credits/deduct", "decrement", 100, 900),
        ("/promotional_credits/set", "decrement", 900, 100),
    ],
)
def test_newer_family_answers_customer_and_credit(
    chargebee: ChargebeeClient, acme: None, path: str, kind: str, amount: int, after: int
) -> None:
    said = {**SAID, "customer_id": "acme", "credit_type": "referral_rewards", "reference": "ticket 7"}

    response = chargebee.post(path, said)

    entry = LedgerEntry.objects.latest("pk")
    assert (response.status_code, response.json()) == (
        200,
        {
            "customer": customer_with(after),
            "promotional_credit": {
                "id": entry.public_id,
                "object": "promotional_credit",
                "customer_id": "acme",
                "type": kind,
                "amount": amount,
                "currency_code": "USD",
                "description": "For the delay",
                "credit_type": "referral_rewards",
                "reference": "ticket 7",
                "closing_balance": after,
                "done_by": entry.done_by,
                "created_at": SECONDS + 1,
            },
        },
    )
    assert entry.done_by.startswith("ck_test_")


@pytest.mark.parametrize("path", OF_CUSTOMER)
def test_another_currency_is_shown_below(chargebee: ChargebeeClient, acme: None, path: str) -> None:
    chargebee.post(OF_CUSTOMER[0], {**SAID, "currency_code": "EUR", "amount": "500"})

    shown = chargebee.post(path, {**SAID, "currency_code": "EUR"}).json()["customer"]

    after = {"add": 600, "deduct": 400, "set": 100}[path.rpartition("/")[2].partition("_")[0]]
    assert shown["promotional_credits"] == 1000
    assert [(each["balance_currency_code"], each["promotional_credits"]) for each in shown["balances"]] == [
        ("EUR", after),
        ("USD", 1000),
    ]


def test_setting_what_is_there_answers_the_customer_unchanged(chargebee: ChargebeeClient, acme: None) -> None:
    before = chargebee.get("/customers/acme").json()

    with nothing_stored():
        response = chargebee.post(OF_CUSTOMER[2], {**SAID, "amount": "1000"})

    assert (response.status_code, response.json()) == (200, before)


def test_setting_what_is_there_makes_no_credit_to_answer(chargebee: ChargebeeClient, acme: None) -> None:
    with nothing_stored():
        response = chargebee.post(OF_SITE[2], {**SAID, "amount": "1000", "customer_id": "acme"})

    message = "The balance is 1000 already: nothing was booked."
    assert (response.status_code, response.json()) == (
        409,
        chargebee_refusal(409, "invalid_state_for_request", message, "amount"),
    )


def test_balance_can_be_set_to_nothing(chargebee: ChargebeeClient, acme: None) -> None:
    assert chargebee.post(OF_CUSTOMER[2], {**SAID, "amount": "0"}).json() == {"customer": customer_with(0)}


@pytest.mark.parametrize("path", [OF_CUSTOMER[1], OF_SITE[1]])
def test_more_than_there_is_is_refused(chargebee: ChargebeeClient, acme: None, path: str) -> None:
    with nothing_stored():
        response = chargebee.post(path, {**SAID, "amount": "1001", "customer_id": "acme"})

    message = "The promotional credits in USD are less than 1001."
    assert (response.status_code, response.json()) == (
        400,
        chargebee_refusal(400, "invalid_request", message, "amount"),
    )


@pytest.mark.parametrize("path", [OF_CUSTOMER[0], OF_SITE[0]])
def test_balance_beyond_its_limit_is_refused(chargebee: ChargebeeClient, acme: None, path: str) -> None:
    with nothing_stored():
        response = chargebee.post(path, {**SAID, "amount": str(10**15), "customer_id": "acme"})

    assert response.json() == wrong_value("amount", "The balance would exceed 1000000000000000.")


@pytest.mark.parametrize("path", [*OF_CUSTOMER, *OF_SITE])
@pytest.mark.parametrize(
    ("said", "param", "message"),
    [
        ({"amount": None}, "amount", "Is required."),
        ({"amount": ""}, "amount", "Is required."),
        ({"description": None}, "description", "Is required."),
        ({"description": ""}, "description", "Is required."),
        ({"description": "x" * 251}, "description", "Must have at most 250 characters."),
        ({"reference": "x" * 501}, "reference", "Must have at most 500 characters."),
        ({"credit_type": "gift"}, "credit_type", "Must be one of loyalty_credits, referral_rewards, general."),
        ({"currency_code": "ZZZ"}, "currency_code", "Must be an ISO 4217 currency code, such as USD."),
    ],
)
def test_bad_parameter_is_refused(
    chargebee: ChargebeeClient, acme: None, path: str, said: dict[str, Any], param: str, message: str
) -> None:
    given = {name: value for name, value in {**SAID, "customer_id": "acme", **said}.items() if value is not None}

    with nothing_stored():
        response = chargebee.post(path, given)

    assert (response.status_code, response.json()) == (400, wrong_value(param, message))


@pytest.mark.parametrize("path", OF_SITE)
@pytest.mark.parametrize("given", [{}, {"customer_id": ""}])
def test_customer_has_to_be_named(chargebee: ChargebeeClient, acme: None, path: str, given: dict[str, str]) -> None:
    with nothing_stored():
        response = chargebee.post(path, {**SAID, **given})

    assert (response.status_code, response.json()) == (400, wrong_value("customer_id", "Is required."))


@pytest.mark.parametrize("path", OF_SITE)
def test_foreign_customer_is_as_missing_as_none(
    chargebee: ChargebeeClient, acme: None, other_site: BillingSite, path: str
) -> None:
    acts.create(other_site, "theirs")

    with nothing_stored():
        foreign = chargebee.post(path, {**SAID, "customer_id": "theirs"})
        missing = chargebee.post(path, {**SAID, "customer_id": "nobody"})

    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert foreign.json() == {
        **NO_SUCH_RESOURCE,
        "message": "customer_id: Sorry, we couldn't find that resource",
        "param": "customer_id",
        "error_param": "customer_id",
    }


@pytest.mark.parametrize("path", OF_CUSTOMER)
def test_customer_of_the_path_that_is_not_there(chargebee: ChargebeeClient, acme: None, path: str) -> None:
    with nothing_stored():
        response = chargebee.post(path.replace("acme", "nobody"), SAID)

    assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


@pytest.mark.parametrize("path", [*OF_CUSTOMER, *OF_SITE])
def test_version_that_is_not_current_is_refused(chargebee: ChargebeeClient, acme: None, path: str) -> None:
    with nothing_stored():
        response = chargebee.post(path, {**SAID, "customer_id": "acme"}, **{"If-Match": '"1"'})

    assert response.json() == chargebee_refusal(409, "invalid_state_for_request", "The customer has changed since.")


@pytest.mark.parametrize("path", [*OF_CUSTOMER, *OF_SITE])
def test_repetition_is_booked_once(chargebee: ChargebeeClient, acme: None, path: str) -> None:
    key = {"chargebee-idempotency-key": "once"}
    first, second = (chargebee.post(path, {**SAID, "customer_id": "acme"}, **key) for _ in range(2))

    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers["chargebee-idempotency-replayed"] == "true"
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize("path", [*OF_CUSTOMER, *OF_SITE])
def test_key_that_only_reads_books_nothing(site: BillingSite, acme: None, path: str) -> None:
    reader = ChargebeeClient(create_api_key(site=site, scopes=["read"], at=START)[1])

    response = reader.post(path, {**SAID, "customer_id": "acme"})

    assert (response.status_code, LedgerEntry.objects.count()) == (403, 1)


def test_json_body_is_read_too(chargebee: ChargebeeClient, acme: None) -> None:
    body = '{"customer_id":"acme","amount":100,"description":"x"}'

    response = chargebee.http.post("/api/v2/promotional_credits/add", body, content_type="application/json")

    assert response.json()["promotional_credit"]["closing_balance"] == 1100


def test_credit_is_retrieved_as_it_was_answered(chargebee: ChargebeeClient, acme: None) -> None:
    made = chargebee.post("/promotional_credits/add", {**SAID, "customer_id": "acme"}).json()["promotional_credit"]

    response = chargebee.get(f"/promotional_credits/{made['id']}")

    assert (response.status_code, response.json()) == (200, {"promotional_credit": made})


def test_entry_that_is_no_promotional_credit_is_not_there(
    chargebee: ChargebeeClient, acme: None, site: BillingSite, other_site: BillingSite
) -> None:
    pay(site, 5)
    acts.create(other_site, "acme")
    credit(other_site, 5)
    acts.create(site, "gone")
    credit(site, 5, "gone")
    acts.delete(site, "gone")
    hidden = LedgerEntry.objects.exclude(customer__public_id="acme", site=site, bucket="promotional_credits")
    ids = [*hidden.values_list("public_id", flat=True), "pc_none"]

    answers = [chargebee.get(f"/promotional_credits/{public_id}") for public_id in ids]

    assert len(ids) == 4
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert answers[0].json() == NO_SUCH_RESOURCE
