"""A customer of one site as a new one of another: what it is comes along, what happened to it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing_customers import signals
from billing_customers.actors import Actor
from billing_customers.choices import PaymentMethodType
from billing_customers.gateways.base import StoredSource
from billing_customers.gateways.vaults import has_same_vault
from billing_customers.models import BillingSite, Contact, Customer, GatewayAccount, PaymentSource
from billing_customers.operations import locks
from billing_customers.operations.customers import insert_copy
from billing_customers.operations.payment_sources import PreparedSource, new_source
from billing_customers.operations.storing import next_version

# What a copy has of its own. Every other column of a customer is copied.
OWN_COLUMNS = frozenset(
    {
        "id",
        "site_id",
        "public_id",
        "is_live",
        "deleted_at",
        "created_at",
        "updated_at",
        "resource_version",
        # Counted anew.
        "contact_count",
        "primary_payment_source_id",
        "backup_payment_source_id",
        # Balances, documents and hierarchies stay where they are.
        "has_balances",
        "has_parent",
        "child_count",
        "pii_cleared",
    }
)
_COPIED = tuple(field.attname for field in Customer._meta.concrete_fields if field.attname not in OWN_COLUMNS)  # noqa: SLF001 - public in all but name
_CONTACT_COLUMNS = tuple(
    field.attname
    for field in Contact._meta.concrete_fields  # noqa: SLF001
    if field.attname not in {"id", "site_id", "customer_id"}
)
_STORED = tuple(StoredSource.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Copy:
    """``left_out`` are sentences about payment sources that the other site has no use for."""

    customer: Customer
    sources: Sequence[PaymentSource]
    left_out: Sequence[str]


def copy_customer(*, site: BillingSite, original: Customer, public_id: str, actor: Actor, at: datetime) -> Copy:
    """Make a customer of ``site`` like ``original``, which is locked, with its contacts and payment sources.

    A payment source comes along where the site has an account with the same vault. Its reference is copied, and it is
    charged by both sites from then on; the gateway is not called. Must be called inside a transaction. Raises
    :class:`DuplicateId`, :class:`DuplicateEmail`.
    """
    using = locks.database()
    contacts = list(Contact.objects.using(using).for_site(original.site_id).filter(customer=original).order_by("pk"))
    customer = Customer(
        site=site,
        public_id=public_id,
        contact_count=len(contacts),
        created_at=at,
        updated_at=at,
        resource_version=next_version(at),
        **{name: getattr(original, name) for name in _COPIED},
    )
    sources, left_out = _sources(site, original, customer, at)
    _give_roles(original, customer, sources)
    insert_copy(site=site, customer=customer)
    for contact in contacts:
        said = {name: getattr(contact, name) for name in _CONTACT_COLUMNS}
        Contact(site=site, customer=customer, **said).save(force_insert=True)
    for source in sources.values():
        source.save(force_insert=True)
    signals.customer_moved_in.send(sender=Customer, customer=customer, site=site, actor=actor, at=at)
    for source in sources.values():
        signals.payment_source_added.send(
            sender=PaymentSource, customer=customer, site=site, payment_source=source, actor=actor, at=at
        )
    return Copy(customer, list(sources.values()), left_out)


def _sources(
    site: BillingSite, original: Customer, customer: Customer, at: datetime
) -> tuple[dict[str, PaymentSource], list[str]]:
    """The sources of the copy, by the ids of those that they are copied from, and what is said of the others."""
    using = locks.database()
    rows = PaymentSource.objects.using(using).for_site(original.site_id).attached().filter(customer=original)
    accounts = list(GatewayAccount.objects.using(using).for_site(site).usable().select_related("site"))
    copied, left_out = {}, []
    for row in rows.select_related("gateway_account__site").order_by("pk"):
        account = next((each for each in accounts if has_same_vault(row.gateway_account, each)), None)
        if account is None:
            left_out.append(
                f"The payment source {row.public_id} was left out: no gateway account of this site has its vault."
            )
            continue
        copied[row.public_id] = _copied_source(site, customer, account, row, at)
    return copied, left_out


def _copied_source(
    site: BillingSite, customer: Customer, account: GatewayAccount, row: PaymentSource, at: datetime
) -> PaymentSource:
    said: dict[str, Any] = {name: getattr(row, name) for name in _STORED}
    stored = StoredSource(**said | {"type": PaymentMethodType(row.type)})
    source = new_source(site=site, customer=customer, prepared=PreparedSource(account, stored, is_new=False), at=at)
    source.metadata = row.metadata
    return source


def _give_roles(original: Customer, customer: Customer, sources: dict[str, PaymentSource]) -> None:
    """The roles of the original. Where the primary source was left out, the backup takes its place."""
    roles = (original.primary_payment_source_id, original.backup_payment_source_id)
    ids = [sources[each].public_id for each in roles if each is not None and each in sources]
    customer.primary_payment_source_id, customer.backup_payment_source_id, *_ = [*ids, None, None]
