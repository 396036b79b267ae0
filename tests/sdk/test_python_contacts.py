"""chargebee for Python: the contacts of a customer."""

from __future__ import annotations

from typing import Any

import pytest
from chargebee import InvalidRequestError

from billing_customers.models import Contact

JANE = {"id": "jane", "email": "jane@example.com", "first_name": "Jane", "enabled": True, "send_billing_email": True}


@pytest.fixture
def customer(client: Any) -> str:
    """The id of a customer without contacts."""
    client.Customer.create({"id": "c"})
    return "c"


def test_added_contact_is_part_of_the_customer(customer: str, client: Any) -> None:
    answer = client.Customer.add_contact(customer, {"contact": JANE}).customer

    (contact,) = answer.contacts
    assert (contact.id, contact.email, contact.object) == ("jane", "jane@example.com", "contact")
    assert (contact.enabled, contact.send_billing_email, contact.send_account_email) == (True, True, False)


def test_contact_gets_an_id_if_it_has_none(customer: str, client: Any) -> None:
    answer = client.Customer.add_contact(customer, {"contact": {"email": "x@example.com"}}).customer

    assert answer.contacts[0].id.startswith("contact_")


def test_contacts_are_listed_page_by_page(customer: str, client: Any) -> None:
    for name in ("a", "b", "c"):
        client.Customer.add_contact(customer, {"contact": {"id": name, "email": f"{name}@example.com"}})

    first = client.Customer.contacts_for_customer(customer, {"limit": 2})
    second = client.Customer.contacts_for_customer(customer, {"limit": 2, "offset": first.next_offset})

    assert [[entry.contact.id for entry in page.list] for page in (first, second)] == [["a", "b"], ["c"]]
    assert second.next_offset is None


def test_updated_contact_keeps_what_is_not_given(customer: str, client: Any) -> None:
    client.Customer.add_contact(customer, {"contact": JANE})

    answer = client.Customer.update_contact(customer, {"contact": {"id": "jane", "first_name": None, "label": "dev"}})

    (contact,) = answer.customer.contacts
    assert (contact.email, contact.first_name, contact.label, contact.enabled) == (
        "jane@example.com",
        None,
        "dev",
        True,
    )


def test_deleted_contact_is_gone(customer: str, client: Any) -> None:
    client.Customer.add_contact(customer, {"contact": JANE})

    answer = client.Customer.delete_contact(customer, {"contact": {"id": "jane"}}).customer

    assert answer.contacts is None
    assert client.Customer.contacts_for_customer(customer).list == []


def test_eleventh_contact_is_refused(customer: str, client: Any) -> None:
    for number in range(10):
        client.Customer.add_contact(customer, {"contact": {"email": f"{number}@example.com"}})

    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.add_contact(customer, {"contact": JANE})

    assert (caught.value.http_status_code, caught.value.api_error_code) == (400, "resource_limit_exceeded")
    assert Contact.objects.count() == 10


def test_contact_without_an_email_is_refused(customer: str, client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.add_contact(customer, {"contact": {"first_name": "Jane"}})

    assert (caught.value.api_error_code, caught.value.param) == ("param_wrong_value", "contact[email]")
    assert not Contact.objects.exists()


def test_contact_that_is_not_there_cannot_be_deleted(customer: str, client: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.Customer.delete_contact(customer, {"contact": {"id": "nobody"}})

    assert (caught.value.http_status_code, caught.value.api_error_code) == (404, "resource_not_found")
