"""How a locked customer's changes reach its row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from billing_customers import signals
from billing_customers.actors import Actor
from billing_customers.exceptions import VersionMismatch
from billing_customers.models import BillingSite, Customer

# By attribute: its value before and after.
Changes = dict[str, tuple[Any, Any]]

DERIVED_COLUMNS = frozenset(
    {
        "email_key",
        "phone_e164",
        "tax_id_key",
        "tax_id_evidence",
        "contact_count",
        "has_parent",
        "child_count",
        "resource_version",
        "updated_at",
    }
)


def next_version(at: datetime, previous: int = 0) -> int:
    """``max(now in milliseconds, previous + 1)``: it rises strictly, whatever the clock does."""
    return max(int(at.timestamp() * 1000), previous + 1)


def check_version(customer: Customer, expected: int | None) -> None:
    """Raise :class:`VersionMismatch` unless ``expected`` is ``None`` or the customer's version."""
    if expected is not None and expected != customer.resource_version:
        raise VersionMismatch("The customer has changed since.", current=customer.resource_version)


def store_changes(
    site: BillingSite,
    customer: Customer,
    columns: dict[str, Any],
    *,
    actor: Actor,
    at: datetime,
    also: Changes | None = None,
) -> None:
    """Write the columns that differ, raise the version and say so; nothing at all where nothing differs.

    ``customer`` must be locked. ``also`` are changes beside the row, such as contacts.
    """
    written = {column: value for column, value in columns.items() if _differs(getattr(customer, column), value)}
    if not written and not also:
        return
    before = _attributes(customer, written)
    if not before and not also:
        # Only what is derived differs, as after a change of the site's phone region: it is named itself.
        before = {column: getattr(customer, column) for column in written}
    touch(customer, written, at)
    Customer.objects.for_site(site).filter(pk=customer.pk).update(**written)
    after = {**vars(customer), **_attributes(customer, written)}
    changes: Changes = {name: (before[name], after[name]) for name in before} | (also or {})
    signals.customer_updated.send(sender=Customer, customer=customer, site=site, changes=changes, actor=actor, at=at)


def touch(customer: Customer, written: dict[str, Any], at: datetime) -> None:
    """Add version and time of change to ``written``, and set all of it on ``customer``."""
    written["resource_version"] = next_version(at, customer.resource_version)
    written["updated_at"] = max(at, customer.updated_at)
    for column, value in written.items():
        setattr(customer, column, value)


def write(row: Any, written: Mapping[str, Any]) -> None:
    """Write these columns of a locked row of a site, and set them on ``row``. ``save`` would not name the site."""
    type(row).objects.for_site(row.site_id).filter(pk=row.pk).update(**written)
    for name, value in written.items():
        setattr(row, name, value)


def raise_version(site: BillingSite, customer: Customer, *, at: datetime) -> None:
    """Note on a locked customer that something beside its row has changed which is shown with it, such as a balance."""
    written: dict[str, Any] = {}
    touch(customer, written, at)
    Customer.objects.for_site(site).filter(pk=customer.pk).update(**written)


def _attributes(customer: Customer, columns: Iterable[str]) -> dict[str, Any]:
    """The attributes that these columns hold, by their canonical names; derived columns are none."""
    values: dict[str, Any] = {}
    for column in columns:
        if column.startswith("address_"):
            values["billing_address"] = customer.billing_address
        elif column == "public_id":
            values["id"] = customer.public_id
        elif column not in DERIVED_COLUMNS:
            values[column] = getattr(customer, column)
    return values


def _differs(before: Any, after: Any) -> bool:
    # In JSON, true is not 1 and 1 is not 1.0; for Python they are equal. The order of keys is PostgreSQL's own.
    return bool(before != after) or _canonical(before) != _canonical(after)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else repr(value)
