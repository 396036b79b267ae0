"""chargebee for Python: what a customer pays with."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import InvalidRequestError, PaymentError

from billing_customers.models import Customer, PaymentSource

CARD = {
    "first_name": "Richard",
    "last_name": "Fox",
    "number": "4012888888881881",
    "expiry_month": 10,
    "expiry_year": 2030,
    "cvv": "999",
    "billing_country": "US",
}
AMEX = {**CARD, "number": "378282246310005"}


def with_card(client: Any) -> Any:
    return client.Customer.create({"id": "acme", "first_name": "Ann", "card": CARD})


def test_create_with_a_card(client: Any) -> None:
    answer = with_card(client)

    customer, card = answer.customer, answer.card
    assert (customer.card_status, customer.payment_method.type, customer.payment_method.gateway) == (
        "valid",
        "card",
        "chargebee",
    )
    assert (card.payment_source_id, card.customer_id) == (customer.primary_payment_source_id, "acme")
    assert (card.card_type, card.last4, card.iin, card.masked_number) == (
        "visa",
        "1881",
        "401288",
        "************1881",
    )
    assert (card.expiry_month, card.expiry_year, card.billing_country) == (10, 2030, "US")


def test_create_with_a_bank_account(client: Any) -> None:
    account = {"account_number": "000222222227", "routing_number": "110000000", "account_type": "savings"}

    answer = client.Customer.create({"allow_direct_debit": True, "bank_account": account})

    assert (answer.customer.payment_method.type, answer.customer.payment_method.status) == (
        "direct_debit",
        "pending_verification",
    )
    assert (answer.card, answer.customer.card_status) == (None, None)


def test_create_with_a_reference(client: Any) -> None:
    answer = client.Customer.create({"payment_method": {"type": "card", "reference_id": "cus_1"}})

    assert answer.customer.payment_method.reference_id == "cus_1"


def test_declined_card_is_a_payment_error(client: Any) -> None:
    with pytest.raises(PaymentError) as caught:
        client.Customer.create({"card": {**CARD, "number": "4000000000000002"}})

    error = caught.value
    assert (error.http_status_code, error.type, error.api_error_code) == (400, "payment", "payment_processing_failed")
    assert error.error_cause_id == "gateway.general.card_declined"
    assert Customer.objects.count() == 0


def test_bad_parameter_is_named_in_brackets(client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.create({"card": {**CARD, "expiry_month": 13}})

    assert (caught.value.api_error_code, caught.value.param) == ("param_wrong_value", "card[expiry_month]")


def test_update_payment_method(client: Any) -> None:
    old = with_card(client).customer.primary_payment_source_id

    answer = client.Customer.update_payment_method(
        "acme", {"payment_method": {"type": "card", "reference_id": "cus_1/card_1"}}
    )

    assert answer.customer.payment_method.reference_id == "cus_1/card_1"
    assert answer.card.payment_source_id == answer.customer.primary_payment_source_id != old
    assert PaymentSource.objects.attached().count() == 2


def test_roles_of_two_cards(client: Any) -> None:
    first = with_card(client).customer.primary_payment_source_id
    second = client.PaymentSource.create_card({"customer_id": "acme", "card": AMEX}).payment_source

    backup = client.Customer.assign_payment_role("acme", {"payment_source_id": second.id, "role": "backup"})
    primary = client.Customer.assign_payment_role("acme", {"payment_source_id": second.id, "role": "primary"})

    assert (backup.customer.primary_payment_source_id, backup.customer.backup_payment_source_id) == (first, second.id)
    assert (primary.customer.primary_payment_source_id, primary.customer.backup_payment_source_id) == (second.id, None)
    assert (primary.payment_source.card.brand, primary.payment_source.card.masked_number) == (
        "american_express",
        "***********0005",
    )


def test_primary_source_cannot_lose_its_role(client: Any) -> None:
    primary = with_card(client).customer.primary_payment_source_id

    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.assign_payment_role("acme", {"payment_source_id": primary, "role": "none"})

    assert (caught.value.http_status_code, caught.value.api_error_code) == (409, "invalid_state_for_request")


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("create_card", {"card": AMEX}),
        ("create_bank_account", {"bank_account": {"account_number": "000222222227"}}),
        ("create_using_permanent_token", {"type": "card", "reference_id": "cus_1/card_1"}),
        ("create_using_temp_token", {"type": "card", "tmp_token": "tok_once"}),
    ],
)
def test_source_is_made_read_and_deleted(client: Any, operation: str, params: dict[str, Any]) -> None:
    with_card(client)
    made = getattr(client.PaymentSource, operation)(
        {"customer_id": "acme", "replace_primary_payment_source": True, **params}
    )

    retrieved = client.PaymentSource.retrieve(made.payment_source.id).payment_source
    deleted = client.PaymentSource.delete(made.payment_source.id)

    assert made.customer.primary_payment_source_id == made.payment_source.id
    assert retrieved.raw_data == made.payment_source.raw_data
    assert (deleted.payment_source.deleted, deleted.customer.primary_payment_source_id) == (True, None)


def test_local_deletion(client: Any) -> None:
    public_id = with_card(client).customer.primary_payment_source_id

    assert client.PaymentSource.delete_local(public_id).payment_source.deleted is True


def test_list_is_filtered_sorted_and_paged(client: Any) -> None:
    first = with_card(client).customer.primary_payment_source_id
    client.Customer.create({"id": "other", "card": CARD})
    second = client.PaymentSource.create_card({"customer_id": "acme", "card": AMEX}).payment_source.id
    filters = {
        "customer_id": {"in": ["acme"]},
        "type": {"is": "card"},
        "status": {"in": ["valid", "expiring"]},
        "created_at": {"after": 1500000000},
        "sort_by": {"desc": "created_at"},
        "limit": 1,
    }

    page = client.PaymentSource.list(filters)
    rest = client.PaymentSource.list({**filters, "offset": page.next_offset})

    assert [each.payment_source.id for each in [*page.list, *rest.list]] == [second, first]
    assert rest.next_offset is None


def test_deleted_sources_are_listed_when_they_are_asked_for(client: Any) -> None:
    public_id = with_card(client).customer.primary_payment_source_id
    client.PaymentSource.delete(public_id)

    (entry,) = client.PaymentSource.list({"include_deleted": True}).list

    assert (entry.payment_source.id, entry.payment_source.deleted) == (public_id, True)
    assert client.PaymentSource.list().list == []


def test_card_of_a_customer(client: Any) -> None:
    with_card(client)

    card = client.Card.retrieve("acme").card
    customer = client.Card.delete_card_for_customer("acme").customer

    assert (card.last4, card.status) == ("1881", "valid")
    assert (customer.card_status, customer.primary_payment_source_id) == ("no_card", None)
