"""Link customers to a parent, delink them, and say who may see what.

Whatever changes a hierarchy takes the site's tree lock first, then the customers in the order of their primary keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.exceptions import InvalidState, NotFound
from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.models.access import SIDES, effective_access
from billing_customers.operations import locks
from billing_customers.operations.access import AccessSettings
from billing_customers.operations.storing import Changes, check_version, store_changes, touch, write
from billing_customers.operations.tree_rules import HAS_NO_PARENT, HAS_PARENT, check_link, orphans_of
from billing_customers.queries import tree_rows
from billing_customers.queries.tree_rows import TreeRow

# Of a relationship, what the contract calls by the same name with ``_id``.
_ENDS = ("parent", "root", "payment_owner", "invoice_owner")
_AT_ONCE = 500


def link_customer(
    *,
    site: BillingSite,
    public_id: str,
    parent_id: str,
    payment_owner_id: str | None = None,
    invoice_owner_id: str | None = None,
    access: AccessSettings | None = None,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Put the customer, with all below it, right below ``parent_id``; return it.

    ``invoice_owner_id`` is invoiced for it: itself, unless one of those above is named. ``payment_owner_id`` pays: the
    invoice owner, unless that is the customer itself and one of those above is named. Without ``access`` the site's
    settings hold.

    Raises :class:`NotFound` for each of the customers, :class:`InvalidState` when it has a parent already, would come
    to be above itself, or the personal data of one of them is cleared, :class:`LimitReached` for more levels or
    children than the settings allow, :class:`InvalidInput` for owners and access settings, :class:`VersionMismatch`.
    Contract: "Link a customer".
    """
    settings = access or AccessSettings()
    said = settings.checked()
    owner_ids = {"invoice_owner_id": invoice_owner_id, "payment_owner_id": payment_owner_id}
    with transaction.atomic(using=locks.database()):
        _look_first(site, public_id, parent_id)
        locks.lock_tree(site)
        named = locks.lock_named(site, {public_id, parent_id})
        child, parent = _named(named, public_id), _named(named, parent_id, "parent_id")
        for each in (child, parent):
            locks.check_open(each)
        check_version(child, expected_version)
        place = check_link(site, child, parent, owner_ids)
        relationship = Relationship(
            site=site,
            child=child,
            parent=parent,
            root_id=place.root,
            invoice_owner_id=place.invoice_owner,
            payment_owner_id=place.payment_owner,
            uses_default_access=settings.uses_default,
            **said,
        )
        relationship.save(force_insert=True)
        if child.child_count:
            Relationship.objects.for_site(site).filter(root_id=child.pk).update(root_id=place.root)
        _count_child(site, parent, 1, at)
        changes: Changes = {"relationship": (None, _ids_in(site, relationship))}
        store_changes(site, child, {"has_parent": True}, actor=actor, at=at, also=changes)
        signals.hierarchy_created.send(sender=Customer, customer=child, site=site, actor=actor, at=at)
        return child


def delink_customer(
    *,
    site: BillingSite,
    public_id: str,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Take the customer from below its parent, with all below it, whose top it becomes; return it.

    Whoever below was invoiced to, or paid by, a customer that is not above it any more is so by the new top from now
    on: that is a change of its own. Raises :class:`NotFound`, :class:`InvalidState` without a parent,
    :class:`VersionMismatch`. Contract: "Delink a customer".
    """
    with transaction.atomic(using=locks.database()):
        _look_first(site, public_id)
        locks.lock_tree(site)
        pk = locks.pks_named(site, [public_id]).get(public_id, 0)
        relationship = Relationship.objects.using(locks.database()).for_site(site).filter(child_id=pk).first()
        below = tree_rows.below(site, pk, using=locks.database()) if relationship else []
        orphans = orphans_of(below, pk)
        locked = locks.lock_customers(site, {pk, *orphans, *([relationship.parent_id] if relationship else [])})
        if pk not in locked:
            raise NotFound("There is no such customer.")
        child = locked[pk]
        check_version(child, expected_version)
        if relationship is None:
            raise InvalidState(HAS_NO_PARENT)
        before = _ids_in(site, relationship)
        Relationship.objects.for_site(site).filter(pk=relationship.pk).delete()
        _move_roots(site, below, child)
        for orphan, owners in orphans.items():
            _adopt(site, orphan, owners, locked.get(orphan), actor=actor, at=at)
        if relationship.parent_id in locked:
            _count_child(site, locked[relationship.parent_id], -1, at)
        changes: Changes = {"relationship": (before, None)}
        store_changes(site, child, {"has_parent": False}, actor=actor, at=at, also=changes)
        signals.hierarchy_deleted.send(sender=Customer, customer=child, site=site, actor=actor, at=at)
        return child


def change_access(
    *,
    site: BillingSite,
    public_id: str,
    access: AccessSettings,
    replaces: bool = False,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Customer:
    """Use the site's access settings for the customer, or change what ``access`` says of its own; return it.

    What it does not say stays; with ``replaces`` it is as the site says from now on. A change that changes nothing is
    none. Raises :class:`NotFound`, :class:`InvalidInput`, :class:`InvalidState` without a parent,
    :class:`VersionMismatch`. Contract: "Update hierarchy access settings".
    """
    said = access.checked()
    with transaction.atomic(using=locks.database()):
        customer = locks.lock_customer(site, public_id)
        check_version(customer, expected_version)
        rows = Relationship.objects.using(locks.database()).for_site(site)
        relationship = rows.filter(child_id=customer.pk).first()
        if relationship is None:
            raise InvalidState(HAS_NO_PARENT)
        kept = {} if access.uses_default or replaces else vars(relationship)
        written = {side: {**kept.get(side, {}), **said[side]} for side in SIDES}
        before = _access_shown(site, relationship)
        write(relationship, {"uses_default_access": access.uses_default, **written})
        after = _access_shown(site, relationship)
        changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
        store_changes(site, customer, {}, actor=actor, at=at, also=changes)
        return customer


def _look_first(site: BillingSite, public_id: str, parent_id: str | None = None) -> None:
    """Refuse what is plainly wrong before anybody has to wait: to take the tree lock is to write on some databases."""
    pks = locks.pks_named(site, [public_id, *([] if parent_id is None else [parent_id])])
    for each, param in ((public_id, ""), (parent_id, "parent_id")):
        if each is not None and each not in pks:
            raise NotFound("There is no such customer.", param=param)
    customers = Customer.objects.using(locks.database()).for_site(site)
    has_parent = customers.filter(pk=pks[public_id], has_parent=True).exists()
    if has_parent and parent_id is not None:
        raise InvalidState(HAS_PARENT)
    if not has_parent and parent_id is None:
        raise InvalidState(HAS_NO_PARENT)


def _named(named: Mapping[str, Customer], public_id: str, param: str = "") -> Customer:
    if public_id not in named:
        raise NotFound("There is no such customer.", param=param)
    return named[public_id]


def _adopt(
    site: BillingSite, child: int, owners: dict[str, int], customer: Customer | None, *, actor: Actor, at: datetime
) -> None:
    relationship = Relationship.objects.using(locks.database()).for_site(site).get(child_id=child)
    before = _ids_in(site, relationship)
    write(relationship, owners)
    if customer is not None:
        changes: Changes = {"relationship": (before, _ids_in(site, relationship))}
        store_changes(site, customer, {}, actor=actor, at=at, also=changes)


def _move_roots(site: BillingSite, below: list[TreeRow], root: Customer) -> None:
    pks = [row[0] for row in below]
    for start in range(0, len(pks), _AT_ONCE):
        some = Relationship.objects.for_site(site).filter(pk__in=pks[start : start + _AT_ONCE])
        some.update(root_id=root.pk)


def _count_child(site: BillingSite, parent: Customer, step: int, at: datetime) -> None:
    """One child more or less. It is shown with a customer, and so raises its version, when it is the first or last of
    one with nobody above it.
    """
    count = parent.child_count + step
    written: dict[str, Any] = {"child_count": count}
    if not parent.has_parent and not (count and parent.child_count):
        touch(parent, written, at)
    parent.child_count = count
    Customer.objects.for_site(site).filter(pk=parent.pk).update(**written)


def _ids_in(site: BillingSite, relationship: Relationship) -> dict[str, str]:
    """The ids that the contract shows of a relationship."""
    pks = {end: getattr(relationship, f"{end}_id") for end in _ENDS}
    names = tree_rows.ids_of(site, pks.values(), using=locks.database())
    return {f"{end}_id": names[pk] for end, pk in pks.items()}


def _access_shown(site: BillingSite, relationship: Relationship) -> dict[str, Any]:
    return {
        "use_default_hierarchy_settings": relationship.uses_default_access,
        **effective_access(site, vars(relationship)),
    }
