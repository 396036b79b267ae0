"""The operations in short, and a table of those that act on a customer which is there already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model

from billing_customers.models import BillingSite, Customer
from billing_customers.operations import billing_info, contacts, customer_users, customers, deletion
from tests.fixtures import NOW

VERSION = 1_767_225_600_000
LATER = NOW + timedelta(minutes=1)
LATER_VERSION = VERSION + 60_000


def create(site: BillingSite, public_id: str | None = "acme", at: Any = NOW, **attributes: Any) -> Customer:
    return customers.create_customer(site=site, public_id=public_id, attributes=attributes, at=at)  # type: ignore[arg-type]


def update(site: BillingSite, public_id: str = "acme", at: Any = LATER, **attributes: Any) -> Customer:
    return customers.update_customer(site=site, public_id=public_id, attributes=attributes, at=at)  # type: ignore[arg-type]


def rename(site: BillingSite, public_id: str, new_public_id: str, at: Any = LATER) -> Customer:
    return customers.rename_customer(site=site, public_id=public_id, new_public_id=new_public_id, at=at)


def delete(site: BillingSite, public_id: str = "acme", at: Any = LATER) -> Customer:
    return deletion.delete_customer(site=site, public_id=public_id, at=at)


def add_contact(site: BillingSite, public_id: str = "acme", at: Any = NOW, **attributes: Any) -> Customer:
    return contacts.add_contact(site=site, public_id=public_id, attributes=attributes, at=at)  # type: ignore[arg-type]


def stored(customer: Customer) -> Customer:
    """The row as the database has it."""
    return Customer.objects.get(pk=customer.pk)


def a_user(name: str = "dana") -> Any:
    """A user of the host, made when first asked for."""
    return get_user_model().objects.get_or_create(username=name)[0]


def an_acme(site: BillingSite) -> Customer:
    """The customer ``acme`` with one contact ``c1`` and a user, on which each of ACTS can act."""
    create(site, name="Acme", email="acme@example.com", billing_date=1, tax_id="IL516179157")
    add_contact(site, id="c1", email="c1@example.com")
    customer_users.link_user(site=site, public_id="acme", user=a_user(), at=NOW)
    return Customer.objects.get(site=site, public_id="acme")


Act = Callable[..., Any]

# Each changes something, takes expected_version, and sends one signal.
VERSIONED_ACTS: dict[str, Act] = {
    "update": lambda **where: customers.update_customer(attributes={"name": "New"}, **where),
    "replace_billing_info": lambda **where: billing_info.replace_billing_info(
        attributes={"billing_address": {"city": "Haifa"}}, **where
    ),
    "change_billing_date": lambda **where: billing_info.change_billing_date(attributes={"billing_date": 2}, **where),
    "add_contact": lambda **where: contacts.add_contact(attributes={"email": "new@example.com"}, **where),
    "update_contact": lambda **where: contacts.update_contact(attributes={"id": "c1", "label": "CFO"}, **where),
    "delete_contact": lambda **where: contacts.delete_contact(contact_id="c1", **where),
    "delete": deletion.delete_customer,
    "rename": lambda **where: customers.rename_customer(new_public_id="acme-2", **where),
}
ACTS: dict[str, Act] = {
    **VERSIONED_ACTS,
    "link_user": lambda **where: customer_users.link_user(user=a_user("avi"), **where),
    "unlink_user": lambda at, **where: customer_users.unlink_user(user=a_user(), **where),
}
