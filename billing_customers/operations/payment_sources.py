"""The payment sources of a customer: attach, replace, detach. A change of them raises the customer's version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import PaymentRole
from billing_customers.exceptions import NotFound
from billing_customers.gateways.base import StoredSource
from billing_customers.ids import new_id
from billing_customers.models import BillingSite, Customer, PaymentSource
from billing_customers.models.payment_source import PaymentSourceQuerySet
from billing_customers.operations import locks
from billing_customers.operations.payment_roles import assign_payment_role, columns_with_role
from billing_customers.operations.payment_source_storing import (
    Newcomer,
    PreparedSource,
    columns_of,
    discard_prepared,
    enqueue_detaching,
    prepare_source,
    status_by_date,
)
from billing_customers.operations.storing import check_version, next_version, raise_version, store_changes

__all__ = [
    "Newcomer",
    "PreparedSource",
    "add_payment_source",
    "assign_payment_role",
    "attach_source",
    "delete_payment_source",
    "detach_all",
    "discard_prepared",
    "new_source",
    "prepare_source",
    "replace_payment_method",
]


def add_payment_source(
    *,
    site: BillingSite,
    customer_public_id: str,
    prepared: PreparedSource,
    replaces_primary: bool = False,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Customer, PaymentSource]:
    """Attach ``prepared``; return the customer and the source. A customer's first source becomes the primary one.

    Raises :class:`NotFound`. Contract: Chargebee "Create a card payment source" and its like.
    """
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, customer_public_id)
        is_primary = replaces_primary or customer.primary_payment_source_id is None
        role = PaymentRole.PRIMARY if is_primary else PaymentRole.NONE
        source = attach_source(site=site, customer=customer, prepared=prepared, role=role, actor=actor, at=at)
        return customer, source


def replace_payment_method(
    *,
    site: BillingSite,
    customer_public_id: str,
    prepared: PreparedSource,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Make ``prepared`` the primary payment source; return the customer. The one before stays attached, without a role.

    Raises :class:`NotFound`, and :class:`VersionMismatch` if ``expected_version`` is not the current one. Contract:
    Chargebee "Update payment method for a customer".
    """
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, customer_public_id)
        check_version(customer, expected_version)
        attach_source(site=site, customer=customer, prepared=prepared, role=PaymentRole.PRIMARY, actor=actor, at=at)
        return customer


def attach_source(
    *,
    site: BillingSite,
    customer: Customer,
    prepared: PreparedSource,
    role: PaymentRole,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> PaymentSource:
    """Attach ``prepared`` to a locked customer and return the row; with the role ``none``, roles stay as they are.

    A source that the customer has already is brought up to date: sent twice, a reference is attached once.
    """
    version = customer.resource_version
    source = _attached(site, customer).filter(
        gateway_account=prepared.account, reference_id=prepared.stored.reference_id
    )
    known = source.first()
    if known is None:
        row = new_source(site=site, customer=customer, prepared=prepared, at=at)
        row.save(force_insert=True)
        signal, has_changed = signals.payment_source_added, True
    else:
        row = known
        signal, has_changed = signals.payment_source_updated, _refresh(row, _columns_by_date(prepared.stored, at), at)
    if role != PaymentRole.NONE:
        store_changes(site, customer, columns_with_role(customer, row.public_id, role), actor=actor, at=at)
    is_shown = row.public_id == customer.primary_payment_source_id
    if has_changed and is_shown and customer.resource_version == version:
        raise_version(site, customer, at=at)
    if has_changed:
        signal.send(sender=PaymentSource, customer=customer, site=site, payment_source=row, actor=actor, at=at)
    return row


def new_source(*, site: BillingSite, customer: Customer, prepared: PreparedSource, at: datetime) -> PaymentSource:
    """The row of a source that is to be attached, not saved yet."""
    return PaymentSource(
        site=site,
        customer=customer,
        public_id=new_id("pm"),
        gateway_account=prepared.account,
        gateway=prepared.account.shown_gateway,
        created_at=at,
        updated_at=at,
        resource_version=next_version(at),
        **columns_of(prepared.stored),
    )


def delete_payment_source(
    *, site: BillingSite, public_id: str, from_gateway: bool = True, actor: Actor = UNKNOWN, at: datetime
) -> PaymentSource:
    """Detach the source and return it, with its customer. A backup takes the place of the primary one.

    The gateway forgets it too, soon after, unless ``from_gateway`` is false. Raises :class:`NotFound`, also for one
    that was detached. Contract: Chargebee "Delete a payment source", "Local delete a payment source".
    """
    with transaction.atomic(using=locks.database()):
        attached = PaymentSource.objects.using(locks.database()).for_site(site).attached().filter(public_id=public_id)
        customer = locks.lock_owner(site, attached)
        # Again: it may have been detached while its customer was waited for.
        source = attached.select_related("gateway_account").filter(customer=customer).first() if customer else None
        if customer is None or source is None:
            raise NotFound("There is no such payment source.")
        _detach(source, at)
        store_changes(site, customer, _roles_without(customer, public_id), actor=actor, at=at)
        _tell_detached(site, customer, source, from_gateway=from_gateway, actor=actor, at=at)
        return source


def detach_all(
    *, site: BillingSite, customer: Customer, from_gateway: bool = True, actor: Actor = UNKNOWN, at: datetime
) -> list[PaymentSource]:
    """Detach every source of a locked customer and return them; the roles go. The gateways forget them soon after,
    unless ``from_gateway`` is false.

    For a customer that is being deleted: raising its version is the caller's.
    """
    sources = list(_attached(site, customer).select_related("gateway_account").order_by("pk"))
    roles = {"primary_payment_source_id": None, "backup_payment_source_id": None}
    if any(getattr(customer, column) for column in roles):
        Customer.objects.using(locks.database()).for_site(site).filter(pk=customer.pk).update(**roles)
        customer.primary_payment_source_id = customer.backup_payment_source_id = None
    for source in sources:
        _detach(source, at)
        _tell_detached(site, customer, source, from_gateway=from_gateway, actor=actor, at=at)
    return sources


def _attached(site: BillingSite, customer: Customer) -> PaymentSourceQuerySet:
    rows: PaymentSourceQuerySet = PaymentSource.objects.using(locks.database()).for_site(site).attached()
    return rows.filter(customer=customer)


def _columns_by_date(stored: StoredSource, at: datetime) -> dict[str, Any]:
    """What is sent again is not valid again: a gateway tells the date of a card, not that it is over."""
    columns = columns_of(stored)
    return {**columns, "status": status_by_date(stored.status, stored.expiry_year, stored.expiry_month, at)}


def _refresh(source: PaymentSource, columns: dict[str, Any], at: datetime) -> bool:
    """Write the columns that differ; whether any does."""
    written = {name: value for name, value in columns.items() if getattr(source, name) != value}
    if written:
        write_source(source, written, at)
    return bool(written)


def write_source(source: PaymentSource, written: dict[str, Any], at: datetime) -> None:
    """Write the columns and a new version. The customer must be locked."""
    written = {
        **written,
        "resource_version": next_version(at, source.resource_version),
        "updated_at": max(at, source.updated_at),
    }
    for name, value in written.items():
        setattr(source, name, value)
    PaymentSource.objects.using(locks.database()).for_site(source.site_id).filter(pk=source.pk).update(**written)


def _detach(source: PaymentSource, at: datetime) -> None:
    write_source(source, {"deleted_at": at}, at)


def _roles_without(customer: Customer, public_id: str) -> dict[str, str | None]:
    primary, backup = customer.primary_payment_source_id, customer.backup_payment_source_id
    if primary == public_id:
        return {"primary_payment_source_id": backup, "backup_payment_source_id": None}
    return {"backup_payment_source_id": None if backup == public_id else backup}


def _tell_detached(
    site: BillingSite, customer: Customer, source: PaymentSource, *, from_gateway: bool, actor: Actor, at: datetime
) -> None:
    source.customer = customer
    if from_gateway:
        enqueue_detaching(site, source.gateway_account, source.reference_id, at=at)
    signals.payment_source_deleted.send(
        sender=PaymentSource, customer=customer, site=site, payment_source=source, actor=actor, at=at
    )
