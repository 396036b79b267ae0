"""Django's log of what staff did, where it tells of a customer. It is there only where the admin is installed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import router

from billing_customers.models import Customer
from billing_customers.operations.erasure_scan import PersonalDataLeft, Said
from billing_customers.operations.owned_rows import chunks


def blank_admin_log(customer: Customer, said: Said) -> int:
    """Empty what the log says of the customer, and of other rows of ours that hold its data; return how many."""
    entries = _entries()
    if entries is None:
        return 0
    emptied = _of(entries, customer).update(change_message="", object_repr=customer.public_id)
    for row in chunks(entries, "change_message", "object_repr"):
        if said.tells_in(row["change_message"], row["object_repr"]):
            emptied += entries.filter(pk=row["pk"]).update(change_message="", object_repr="")
    return int(emptied)


def check_admin_log(customer: Customer, said: Said) -> None:
    """Raise :class:`PersonalDataLeft` if the log still tells of the customer."""
    entries = _entries()
    if entries is None:
        return
    for row in chunks(_of(entries, customer), "change_message", "object_repr"):
        if said.is_in(row["change_message"], row["object_repr"]):
            raise PersonalDataLeft(f"Entry {row['pk']} of the admin's log still holds personal data.")
    for row in chunks(entries, "change_message", "object_repr"):
        if said.tells_in(row["change_message"], row["object_repr"]):
            raise PersonalDataLeft(f"Entry {row['pk']} of the admin's log still holds personal data.")


def told_in_admin_log(customer: Customer, *, until: datetime) -> list[int]:
    """The primary keys of entries about the customer, of that time or before, that say anything."""
    entries = _entries()
    if entries is None:
        return []
    told = _of(entries, customer).filter(action_time__lte=until).exclude(change_message="")
    return list(told.order_by("pk").values_list("pk", flat=True))


def _entries() -> Any:
    """The entries about rows of this package, or ``None``."""
    if not apps.is_installed("django.contrib.admin"):
        return None
    log: Any = apps.get_model("admin", "LogEntry")
    return log._base_manager.using(router.db_for_write(log)).filter(  # noqa: SLF001 - public in all but name
        content_type__app_label="billing_customers"
    )


def _of(entries: Any, customer: Customer) -> Any:
    return entries.filter(content_type__model="customer", object_id=str(customer.pk))
