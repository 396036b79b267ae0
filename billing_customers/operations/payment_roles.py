"""Which payment source of a customer is the primary one, and which its backup. Both stand in the customer's row."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import PaymentRole
from billing_customers.exceptions import InvalidInput, InvalidState, Issue, NotFound
from billing_customers.models import BillingSite, Customer, PaymentSource
from billing_customers.operations import locks
from billing_customers.operations.storing import check_version, store_changes

COLUMNS = {
    PaymentRole.PRIMARY: "primary_payment_source_id",
    PaymentRole.BACKUP: "backup_payment_source_id",
}


def assign_payment_role(
    *,
    site: BillingSite,
    customer_public_id: str,
    payment_source_id: str,
    role: str,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Customer, PaymentSource]:
    """Give a source of the customer a role, or with ``"none"`` take it away; return the customer and the source.

    Whatever had the role before has none afterwards; the source's status does not matter. Raises :class:`NotFound`,
    :class:`InvalidInput`, :class:`InvalidState` for the source that is primary now, and :class:`VersionMismatch` if
    ``expected_version`` is not the current one. Contract: Chargebee "Assign payment role".
    """
    if role not in PaymentRole.values:
        raise InvalidInput([Issue("role", f"Must be one of {', '.join(PaymentRole.values)}.")])
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, customer_public_id)
        check_version(customer, expected_version)
        sources = PaymentSource.objects.using(locks.database()).for_site(site).attached().filter(customer=customer)
        source = sources.filter(public_id=payment_source_id).select_related("gateway_account").first()
        if source is None:
            raise NotFound("There is no such payment source.", param="payment_source_id")
        if source.public_id == customer.primary_payment_source_id:
            raise InvalidState(
                "The payment source is the primary one: make another one primary, and it has no role.",
                param="payment_source_id",
            )
        columns = columns_with_role(customer, source.public_id, PaymentRole(role))
        store_changes(site, customer, columns, actor=actor, at=at)
        return customer, source


def columns_with_role(customer: Customer, public_id: str, role: PaymentRole) -> dict[str, str | None]:
    """The columns of the customer once the source has ``role``: each role has one source, and each source one role."""
    columns: dict[str, str | None] = {column: getattr(customer, column) for column in COLUMNS.values()}
    columns = {column: None if value == public_id else value for column, value in columns.items()}
    if role in COLUMNS:
        columns[COLUMNS[role]] = public_id
    return columns
