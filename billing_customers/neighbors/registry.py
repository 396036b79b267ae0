"""All neighbours: the built-in ones, and those of ``BILLING_CUSTOMERS["NEIGHBORS"]``."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import router

from billing_customers.conf import billing_settings
from billing_customers.neighbors.base import Blocker, Neighbor, Operation
from billing_customers.neighbors.builtin import BUILT_IN

if TYPE_CHECKING:
    from billing_customers.models import BillingSite, Customer


def neighbors() -> tuple[Neighbor, ...]:
    """Every neighbour, ours first."""
    return (*BUILT_IN, *billing_settings.neighbors)


def blockers_of(
    site: BillingSite,
    customer: Customer,
    operation: Operation,
    *,
    besides: Container[Neighbor] = (),
    locking: bool = True,
) -> list[Blocker]:
    """What speaks against the operation, over all neighbours but those ``besides``, after each has locked what it read.

    Must be called inside a transaction, with the customer locked; without ``locking`` anywhere, and then it only tells
    how things stand.
    """
    found: list[Blocker] = []
    for neighbor in neighbors():
        if neighbor in besides:
            continue
        if locking:
            neighbor.lock(site, customer)
        found += neighbor.blockers(site, customer, operation)
    return found


def uncovered_blockers(customer: Customer) -> list[Blocker]:
    """Rows of hosts' models that refer to the customer while no neighbour looks after them: nobody would move them."""
    found = []
    for label in uncovered_keys():
        model_label, _, field = label.rpartition(".")
        model = apps.get_model(model_label)
        rows = model._base_manager.using(router.db_for_write(model))  # noqa: SLF001 - public in all but name
        ids = tuple(str(pk) for pk in rows.filter(**{field: customer}).order_by("pk").values_list("pk", flat=True)[:10])
        if ids:
            message = f"Rows of {label} refer to the customer, and no neighbour looks after them."
            fix = f"Name {model_label} in BILLING_CUSTOMERS['NEIGHBORS']."
            found.append(Blocker("uncovered_rows", message, ids, fix))
    return found


def uncovered_keys() -> Iterator[str]:
    """The foreign keys of hosts' models to customers that no neighbour looks after, as ``"shop.Order.customer"``."""
    covered = {key for neighbor in neighbors() for key in neighbor.covers}
    customer = apps.get_model("billing_customers.Customer")
    for model in apps.get_models(include_auto_created=True):
        # Model._meta is public in all but name.
        meta = model._meta  # noqa: SLF001
        if meta.app_label == "billing_customers":
            continue
        for field in meta.local_fields:
            if field.related_model is customer and (meta.label_lower, field.name) not in covered:
                yield f"{meta.label}.{field.name}"
