"""Make, change, upsert and rename customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import IdentifyBy
from billing_customers.exceptions import DuplicateEmail, DuplicateId, InvalidInput, Issue, VersionMismatch
from billing_customers.ids import fault_of_customer_id, new_customer_id
from billing_customers.models import BillingSite, Customer, CustomerAlias, PaymentSource
from billing_customers.operations import cleaning, locks
from billing_customers.operations.attributes import CustomerAttributes
from billing_customers.operations.payment_sources import PreparedSource, new_source
from billing_customers.operations.rules import MAX_CUSTOM_FIELDS
from billing_customers.operations.storing import check_version, next_version, store_changes

# How an IntegrityError names the unique key of ids: by its name, on SQLite by its columns.
ID_CONSTRAINT_NAMES = ("bc_customer_public_id", "billing_customers_customer.public_id")

# Which column an upsert compares, by the attribute that the caller names.
KEY_COLUMNS = {IdentifyBy.EMAIL: "email_key", IdentifyBy.TAX_ID: "tax_id_key", IdentifyBy.PHONE: "phone_e164"}


def create_customer(
    *,
    site: BillingSite,
    attributes: CustomerAttributes,
    public_id: str | None = None,
    payment_source: PreparedSource | None = None,
    requires_dialable_phone: bool = False,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Make a customer and return it.

    ``public_id`` is the caller's own id (at most 50 characters); without one an id is generated. ``payment_source``
    becomes the primary one. ``requires_dialable_phone`` refuses a phone that has no E.164 form. Raises
    :class:`InvalidInput`, :class:`DuplicateId`, :class:`DuplicateEmail`.
    Contracts: CHING "POST /v1/customers", Chargebee "Create a customer".
    """
    columns = cleaning.customer_columns(site, attributes, requires_dialable_phone=requires_dialable_phone)
    if public_id is not None:
        _check_id(public_id)
    try:
        with transaction.atomic(using=locks.database()):
            _check_email_is_free(site, columns)
            return _insert(site, public_id, columns, actor, at, prepared=payment_source)
    except IntegrityError as error:
        # Not asked of the rows: by now the owner of the id may be gone.
        if public_id is not None and any(name in str(error) for name in ID_CONSTRAINT_NAMES):
            raise _duplicate_id(public_id) from error
        raise


def check_new_customer(*, site: BillingSite, attributes: CustomerAttributes, public_id: str | None = None) -> None:
    """Raise what :func:`create_customer` would raise now. Nothing is locked, so it may still raise then.

    For what has to be done before a customer is made, and is in vain when it cannot be: a card goes to a gateway.
    """
    columns = cleaning.customer_columns(site, attributes)
    _merged(None, columns.get("custom_fields"))
    _check_email_is_free(site, columns, locked=True)
    if public_id is not None:
        _check_id(public_id)
        if Customer.objects.using(locks.database()).for_site(site).live().filter(public_id=public_id).exists():
            raise _duplicate_id(public_id)
        _check_id_is_free(site, public_id)


def insert_copy(*, site: BillingSite, customer: Customer) -> None:
    """INSERT the row of a customer that was made from another site's. Raises as :func:`create_customer` does.

    Must be called inside a transaction. The signal is the caller's.
    """
    _check_email_is_free(site, {"email_key": customer.email_key})
    try:
        with transaction.atomic(using=locks.database()):
            customer.save(force_insert=True)
    except IntegrityError as error:
        if any(name in str(error) for name in ID_CONSTRAINT_NAMES):
            raise _duplicate_id(customer.public_id) from error
        raise
    _check_id_is_free(site, customer.public_id)


def update_customer(
    *,
    site: BillingSite,
    public_id: str,
    attributes: CustomerAttributes,
    expected_version: int | None = None,
    requires_dialable_phone: bool = False,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Change what ``attributes`` names and leave the rest; return the customer.

    An update that changes nothing keeps the version and sends no signal. Raises :class:`NotFound`,
    :class:`InvalidInput`,
    :class:`DuplicateEmail`, and :class:`VersionMismatch` if ``expected_version`` is not the current one.
    Contracts: CHING "POST /v1/customers/:id", Chargebee "Update a customer".
    """
    columns = cleaning.customer_columns(site, attributes, requires_dialable_phone=requires_dialable_phone)
    with transaction.atomic(using=locks.database()):
        # The e-mail's lock comes before the row's, as in an upsert: one order everywhere, so no deadlock.
        _lock_email(site, columns)
        customer = locks.lock_customer(site, public_id)
        check_version(customer, expected_version)
        _check_email_is_free(site, columns, except_for=customer, locked=True)
        return _patch(site, customer, columns, actor, at)


def upsert_customer(
    *,
    site: BillingSite,
    identify_by: IdentifyBy,
    attributes: CustomerAttributes,
    new_attributes: CustomerAttributes | None = None,
    expected_version: int | None = None,
    requires_dialable_phone: bool = False,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Customer, bool]:
    """Change the newest live customer that matches on ``identify_by``, or make one; return it and whether it is new.

    The value matched is the normalised one: e-mail casefolded, tax id compacted, phone in E.164. ``new_attributes``
    are added only to a new customer. Under any number of concurrent calls exactly one customer is made.

    Raises :class:`InvalidInput` when the value is missing, :class:`VersionMismatch` if ``expected_version`` is not the
    version of a match, and as create and update do. Contract: CHING "POST /v1/customers/upsert".
    """
    columns = cleaning.customer_columns(site, attributes, requires_dialable_phone=requires_dialable_phone)
    column = KEY_COLUMNS[identify_by]
    value = columns.get(column)
    if not value:
        raise InvalidInput([Issue(identify_by.value, f"Is required to identify the customer by {identify_by.value}.")])
    with transaction.atomic(using=locks.database()):
        locks.lock_value(site, column, value)
        _lock_email(site, columns)
        found = locks.lock_newest(site, column, value)
        if found is not None:
            locks.check_open(found)
            check_version(found, expected_version)
            _check_email_is_free(site, columns, except_for=found, locked=True)
            return _patch(site, found, columns, actor, at), False
        if expected_version is not None:
            raise VersionMismatch("No customer matches.", current=None)
        if not columns.get("name"):
            raise InvalidInput([Issue("name", "Is required when a customer is created.")])
        _check_email_is_free(site, columns, locked=True)
        extra = {key: item for key, item in (new_attributes or {}).items() if key not in attributes}
        columns |= cleaning.customer_columns(site, extra)  # type: ignore[arg-type]
        return _insert(site, None, columns, actor, at), True


def rename_customer(
    *,
    site: BillingSite,
    public_id: str,
    new_public_id: str,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Give a customer another id; the old one keeps answering for it.

    Raises :class:`NotFound`, :class:`InvalidInput`, :class:`DuplicateId`, and :class:`VersionMismatch` if
    ``expected_version`` is not the current one.
    """
    _check_id(new_public_id)
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, public_id)
        check_version(customer, expected_version)
        old = customer.public_id
        if new_public_id == old:
            return customer
        own_alias = CustomerAlias.objects.for_site(site).filter(public_id=new_public_id, customer=customer, merged=None)
        own_alias.delete()
        _check_id_is_free(site, new_public_id)
        try:
            with transaction.atomic(using=locks.database()):
                store_changes(site, customer, {"public_id": new_public_id}, actor=actor, at=at)
        except IntegrityError as error:
            raise _duplicate_id(new_public_id) from error
        # Again: the UPDATE may have waited for a rename that gave the id up.
        _check_id_is_free(site, new_public_id)
        # A tombstone may have had the id before this customer came.
        CustomerAlias.objects.for_site(site).filter(public_id=old).delete()
        CustomerAlias(site=site, public_id=old, customer=customer, created_at=at).save(force_insert=True)
        return customer


def _insert(
    site: BillingSite,
    public_id: str | None,
    columns: dict[str, Any],
    actor: Actor,
    at: datetime,
    *,
    prepared: PreparedSource | None = None,
) -> Customer:
    columns = {**cleaning.new_customer_defaults(site), **columns}
    columns["custom_fields"] = _merged(None, columns.get("custom_fields"))
    if columns.get("tax_id"):
        columns |= cleaning.tax_status_columns(columns["tax_id"], columns.get("address_country"))
    customer = Customer(
        site=site,
        public_id=public_id or new_customer_id(),
        created_at=at,
        updated_at=at,
        resource_version=next_version(at),
        **columns,
    )
    source = new_source(site=site, customer=customer, prepared=prepared, at=at) if prepared is not None else None
    if source is not None:
        customer.primary_payment_source_id = source.public_id
    customer.save(force_insert=True)
    if public_id is not None:
        # Only now: the INSERT waits for a rename that gives the id up, and then its alias can be seen.
        _check_id_is_free(site, public_id)
    if source is not None:
        source.save(force_insert=True)
    signals.customer_created.send(sender=Customer, customer=customer, site=site, actor=actor, at=at)
    if source is not None:
        signals.payment_source_added.send(
            sender=PaymentSource, customer=customer, site=site, payment_source=source, actor=actor, at=at
        )
    return customer


def _patch(site: BillingSite, customer: Customer, columns: dict[str, Any], actor: Actor, at: datetime) -> Customer:
    if columns.get("custom_fields") is not None:
        columns["custom_fields"] = _merged(customer.custom_fields, columns["custom_fields"])
    if "tax_id" in columns or "address_country" in columns:
        tax_id = columns.get("tax_id", customer.tax_id)
        country = columns.get("address_country", customer.address_country)
        if (tax_id, country) != (customer.tax_id, customer.address_country):
            columns |= cleaning.tax_status_columns(tax_id, country)
    store_changes(site, customer, columns, actor=actor, at=at)
    return customer


def _merged(old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any] | None:
    """Custom fields after a patch; ``None`` in ``new`` removes one, and no fields at all is null."""
    merged = {**(old or {}), **(new or {})}
    kept = {key: value for key, value in merged.items() if value is not None and value != ""}
    if len(kept) > MAX_CUSTOM_FIELDS:
        raise InvalidInput([Issue("custom_fields", f"A customer has at most {MAX_CUSTOM_FIELDS} custom fields.")])
    return kept or None


def _check_id(public_id: str) -> None:
    fault = fault_of_customer_id(public_id)
    if fault:
        raise InvalidInput([Issue("id", fault)])


def _check_id_is_free(site: BillingSite, public_id: str) -> None:
    """A former id stays with its customer while that lives; that a live row has the id is the unique key's to say."""
    aliases = CustomerAlias.objects.using(locks.database()).for_site(site)
    if aliases.filter(public_id=public_id, customer__is_live=True).exists():
        raise _duplicate_id(public_id)


def _duplicate_id(public_id: str) -> DuplicateId:
    return DuplicateId(f"The value {public_id} is already present.", param="id")


def _lock_email(site: BillingSite, columns: dict[str, Any]) -> None:
    if site.forbids_duplicate_emails and columns.get("email_key"):
        locks.lock_value(site, "email_key", columns["email_key"])


def _check_email_is_free(
    site: BillingSite, columns: dict[str, Any], *, except_for: Customer | None = None, locked: bool = False
) -> None:
    key = columns.get("email_key")
    if not site.forbids_duplicate_emails or not key:
        return
    if not locked:
        _lock_email(site, columns)
    others = Customer.objects.using(locks.database()).for_site(site).live().filter(email_key=key)
    if except_for is not None:
        others = others.exclude(pk=except_for.pk)
    if others.exists():
        raise DuplicateEmail("A customer with this e-mail address exists already.", param="email")
