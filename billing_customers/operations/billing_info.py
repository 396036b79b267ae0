"""The billing info of a customer: address and tax registration, and the dates it is billed on."""

from __future__ import annotations

from datetime import datetime

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.attributes import CustomerAttributes
from billing_customers.operations.customers import update_customer

BILLING_INFO = ("billing_address", "tax_id", "registered_for_gst", "business_customer_without_vat_number")
BILLING_DATES = (
    "billing_date",
    "billing_date_mode",
    "billing_day_of_week",
    "billing_day_of_week_mode",
    "billing_month",
)


def replace_billing_info(
    *,
    site: BillingSite,
    public_id: str,
    attributes: CustomerAttributes,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Replace the whole billing info: what ``attributes`` does not name is removed; return the customer.

    Raises as :func:`update_customer` does. Contract: Chargebee "Update billing info for a customer".
    """
    whole: CustomerAttributes = {field: attributes.get(field) for field in BILLING_INFO}  # type: ignore[assignment]
    return update_customer(
        site=site, public_id=public_id, attributes=whole, expected_version=expected_version, actor=actor, at=at
    )


def change_billing_date(
    *,
    site: BillingSite,
    public_id: str,
    attributes: CustomerAttributes,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Change the dates on which the customer is billed; renewals that are due already stay where they are.

    Raises as :func:`update_customer` does. Contract: Chargebee "Change billing date".
    """
    named = [field for field in BILLING_DATES if field in attributes]
    dates: CustomerAttributes = {field: attributes[field] for field in named}  # type: ignore[assignment, literal-required]
    return update_customer(
        site=site, public_id=public_id, attributes=dates, expected_version=expected_version, actor=actor, at=at
    )
