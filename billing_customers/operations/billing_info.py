"""The billing info of a customer: address and tax registration, and the dates it is billed on."""

from __future__ import annotations

from datetime import datetime

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import BillingDateMode
from billing_customers.exceptions import InvalidInput, Issue
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
    _refuse_others(attributes, BILLING_INFO)
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

    A date that is given is ``manually_set``; together with the mode ``using_defaults`` it is refused. Raises as
    :func:`update_customer` does. Contract: Chargebee "Change billing date".
    """
    _refuse_others(attributes, BILLING_DATES)
    attributes = {**attributes, **_modes(attributes)}  # type: ignore[typeddict-item]
    return update_customer(
        site=site, public_id=public_id, attributes=attributes, expected_version=expected_version, actor=actor, at=at
    )


def _modes(dates: CustomerAttributes) -> dict[str, str]:
    """The modes that follow from the dates given. Raises :class:`InvalidInput` for a date against its mode."""
    modes, issues = {}, []
    for field in ("billing_date", "billing_day_of_week"):
        if dates.get(field) is None:
            continue
        mode = dates.get(f"{field}_mode") or BillingDateMode.MANUALLY_SET.value
        if mode == BillingDateMode.USING_DEFAULTS:
            issues.append(Issue(field, f"Can be set only with {field}_mode manually_set."))
        modes[f"{field}_mode"] = str(mode)
    if issues:
        raise InvalidInput(issues)
    return modes


def _refuse_others(attributes: CustomerAttributes, known: tuple[str, ...]) -> None:
    """An attribute that the operation does not touch is a mistake of the caller."""
    issues = [Issue(field, "Is not changed by this operation.") for field in attributes if field not in known]
    if issues:
        raise InvalidInput(issues)
