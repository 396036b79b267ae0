"""The contacts of a customer. Each change raises the customer's version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.exceptions import DuplicateId, InvalidInput, Issue, LimitReached, NotFound
from billing_customers.ids import new_contact_id
from billing_customers.models import BillingSite, Contact, Customer
from billing_customers.operations import cleaning, locks
from billing_customers.operations.attributes import ContactAttributes
from billing_customers.operations.storing import Changes, check_version, store_changes

MAX_CONTACTS = 10


def add_contact(
    *,
    site: BillingSite,
    public_id: str,
    attributes: ContactAttributes,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Add a contact and return the customer, which must have fewer than 10.

    ``email`` is required; without an ``id`` one is generated. Raises :class:`NotFound`, :class:`InvalidInput`,
    :class:`DuplicateId`, :class:`LimitReached`. Contract: Chargebee "Add contacts to a customer".
    """
    columns = cleaning.contact_columns(attributes)
    _require(columns, "email")
    contact_id = columns.pop("id", None) or new_contact_id()
    with transaction.atomic(using=locks.database()):
        customer = _locked(site, public_id, expected_version)
        if customer.contact_count >= MAX_CONTACTS:
            raise LimitReached(f"A customer has at most {MAX_CONTACTS} contacts.", param="contact")
        contact = Contact(site=site, customer=customer, public_id=contact_id, **columns)
        try:
            with transaction.atomic(using=locks.database()):
                contact.save(force_insert=True)
        except IntegrityError as error:
            raise DuplicateId(f"The value {contact_id} is already present.", param="contact.id") from error
        changes: Changes = {"contacts": (None, _shown(contact))}
        count = {"contact_count": customer.contact_count + 1}
        store_changes(site, customer, count, actor=actor, at=at, also=changes)
        return customer


def update_contact(
    *,
    site: BillingSite,
    public_id: str,
    attributes: ContactAttributes,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Change what ``attributes`` names of the contact ``attributes["id"]``; return the customer.

    Raises :class:`NotFound` for customer and contact, :class:`InvalidInput`. Contract: Chargebee "Update contacts
    for a customer".
    """
    columns = cleaning.contact_columns(attributes)
    contact_id = _require(columns, "id")
    columns.pop("id")
    if "email" in columns:
        _require(columns, "email")
    with transaction.atomic(using=locks.database()):
        customer = _locked(site, public_id, expected_version)
        contact = _contacts(site, customer).filter(public_id=contact_id).first()
        if contact is None:
            raise _no_contact()
        changed = {column: value for column, value in columns.items() if getattr(contact, column) != value}
        if changed:
            before = _shown(contact)
            _contacts(site, customer).filter(pk=contact.pk).update(**changed)
            changes: Changes = {"contacts": (before, {**before, **changed})}
            store_changes(site, customer, {}, actor=actor, at=at, also=changes)
        return customer


def delete_contact(
    *,
    site: BillingSite,
    public_id: str,
    contact_id: str,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Remove a contact; return the customer. Raises :class:`NotFound`. Contract: Chargebee "Delete contacts for a
    customer".
    """
    with transaction.atomic(using=locks.database()):
        customer = _locked(site, public_id, expected_version)
        contact = _contacts(site, customer).filter(public_id=contact_id).first()
        if contact is None:
            raise _no_contact()
        _contacts(site, customer).filter(pk=contact.pk).delete()
        changes: Changes = {"contacts": (_shown(contact), None)}
        count = {"contact_count": customer.contact_count - 1}
        store_changes(site, customer, count, actor=actor, at=at, also=changes)
        return customer


def _locked(site: BillingSite, public_id: str, expected_version: int | None) -> Customer:
    customer = locks.lock_customer(site, public_id)
    check_version(customer, expected_version)
    return customer


def _contacts(site: BillingSite, customer: Customer) -> Any:
    return Contact.objects.for_site(site).filter(customer=customer)


def _shown(contact: Contact) -> dict[str, Any]:
    """What a signal tells of a contact."""
    shown = {column: getattr(contact, column) for column in cleaning.CONTACT_RULES if column != "id"}
    return {"id": contact.public_id, **shown}


def _require(columns: dict[str, Any], field: str) -> str:
    value = columns.get(field)
    if not value:
        raise InvalidInput([Issue(f"contact.{field}", "Is required.")])
    return str(value)


def _no_contact() -> NotFound:
    return NotFound("There is no such contact.", param="contact.id")
