"""The rows of a customer, whichever table they are in, as erasure goes through them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from billing_customers.models import BillingSite, Customer, CustomerAlias, Transaction
from billing_customers.operations import locks

# How a row leads to its customer, by model. What is not here is nobody's, or says nothing.
OWNERS: dict[str, str | tuple[str, ...]] = {
    "Balance": "customer",
    "Contact": "customer",
    "CreditNote": "customer",
    "Customer": "pk",
    "CustomerAlias": "customer",
    "CustomerMerge": ("source", "target"),
    "CustomerUser": "customer",
    "Delivery": "event__customer",
    "DeliveryAttempt": "delivery__event__customer",
    "Event": "customer",
    "IdempotencyRecord": "customer",
    "Invoice": "customer",
    "Job": "customer",
    "Lane": "customer",
    "LedgerEntry": "customer",
    "PaymentSource": "customer",
    "ResourceMigration": "entity_id__in",
    "Subscription": "customer",
    "TestGatewayCharge": "key__in",
    "Transaction": "customer",
    "UnbilledCharge": "customer",
}

_NO_TEXT = (
    *(models.AutoField, models.BooleanField, models.IntegerField, models.FloatField, models.DecimalField),
    *(models.DateField, models.TimeField, models.DurationField),
)


def rows_of(name: str, site: BillingSite, customer: Customer) -> Any:
    """The rows of the model ``name`` that are of ``customer``, read where they are written."""
    rows: Any = model_of(name)._base_manager  # noqa: SLF001 - public in all but name
    rows = rows.using(locks.database())
    owner: Any = customer.pk
    if name == "ResourceMigration":
        # Of the site that it came to and of the one that it came from; by its id, since a copy is no row of either.
        former = CustomerAlias.objects.for_site(site).filter(customer=customer).values_list("public_id", flat=True)
        of_site = models.Q(site=site) | models.Q(from_site=site)
        return rows.filter(of_site, entity_id__in=[customer.public_id, *former])
    if name == "TestGatewayCharge":
        # It names what was charged by the id of our transaction.
        owner = Transaction.objects.for_site(site).filter(customer=customer).values("public_id")
    paths = OWNERS[name]
    is_owned = models.Q()
    for path in (paths,) if isinstance(paths, str) else paths:
        is_owned |= models.Q(**{path: owner})
    return rows.filter(is_owned, site=site)


def model_of(name: str) -> type[models.Model]:
    """The model of this package with the name."""
    return apps.get_model("billing_customers", name)


def text_columns(name: str) -> list[str]:
    """The columns of the model that can hold text: JSON, bytes and addresses too, and whatever is not known here."""
    return text_columns_of(model_of(name))


def text_columns_of(model: type[models.Model]) -> list[str]:
    """As :func:`text_columns`, of any model."""
    # Model._meta is public in all but name.
    fields = model._meta.concrete_fields  # noqa: SLF001
    return [field.attname for field in fields if not field.is_relation and not isinstance(field, _NO_TEXT)]


def chunks(rows: Any, *columns: str) -> Iterator[dict[str, Any]]:
    """The rows as dicts of their primary key and ``columns``, in the order of the key, never all at once in memory."""
    found: Iterator[dict[str, Any]] = rows.order_by("pk").values("pk", *columns).iterator(chunk_size=500)
    return found
