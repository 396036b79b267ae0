"""Plain rows, for tests that need many of them, or rows that no operation makes yet."""

from __future__ import annotations

from typing import Any

import factory
from django.db.models import F
from factory.django import DjangoModelFactory

from billing_customers.models import Contact, Customer, CustomerAlias, Relationship
from tests.fixtures import NOW

VERSION = 1_767_225_600_000


class CustomerFactory(DjangoModelFactory[Customer]):
    """A live customer; ``site`` must be given."""

    class Meta:
        model = Customer

    public_id = factory.Sequence(lambda number: f"cus_{number:06d}")
    preferred_currency_code = "USD"
    resource_version = VERSION
    created_at = NOW
    updated_at = NOW

    class Params:
        deleted = factory.Trait(is_live=None, deleted_at=NOW)


class ContactFactory(DjangoModelFactory[Contact]):
    """A contact; ``customer`` must be given. The customer's ``contact_count`` is left to the test."""

    class Meta:
        model = Contact

    site = factory.SelfAttribute("customer.site")
    public_id = factory.Sequence(lambda number: f"contact_{number:06d}")
    email = factory.Sequence(lambda number: f"contact{number}@example.com")


class AliasFactory(DjangoModelFactory[CustomerAlias]):
    """A former id; ``customer`` and ``public_id`` must be given."""

    class Meta:
        model = CustomerAlias

    site = factory.SelfAttribute("customer.site")
    created_at = NOW


class RelationshipFactory(DjangoModelFactory[Relationship]):
    """``child`` below ``parent``, who is its root, is invoiced and pays, unless the test says otherwise.

    The customers are marked as in a hierarchy, as the operations do it.
    """

    class Meta:
        model = Relationship
        skip_postgeneration_save = True

    site = factory.SelfAttribute("child.site")
    root = factory.SelfAttribute("parent")
    invoice_owner = factory.SelfAttribute("parent")
    payment_owner = factory.SelfAttribute("parent")

    @factory.post_generation
    def marks(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        child, parent = self.child, self.parent  # type: ignore[attr-defined]
        child.has_parent = True
        parent.child_count += 1
        Customer.objects.filter(pk=child.pk).update(has_parent=True)
        Customer.objects.filter(pk=parent.pk).update(child_count=F("child_count") + 1)


def many_customers(count: int, **columns: Any) -> list[Customer]:
    """``count`` customers in one statement; ``columns`` as for :class:`CustomerFactory`."""
    return Customer.objects.bulk_create(CustomerFactory.build_batch(count, **columns))
