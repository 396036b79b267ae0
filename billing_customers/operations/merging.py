"""Merge one customer into another, and undo it: asked for now, done by a job."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.exceptions import BillingError, InvalidInput, InvalidState, Issue, NotFound
from billing_customers.ids import new_id
from billing_customers.models import BillingSite, Customer, CustomerAlias, CustomerMerge
from billing_customers.models.merge import MergeStatus
from billing_customers.neighbors import Neighbor
from billing_customers.neighbors.owned import OwnedNeighbor, count_of
from billing_customers.neighbors.registry import neighbors
from billing_customers.operations import locks, merge_rows
from billing_customers.operations.merge_rows import Pair
from billing_customers.operations.merge_rules import blockers_of_merge, made_merge, scheduled_merge
from billing_customers.operations.storing import check_version, store_changes, touch, write
from billing_customers.work import jobs
from billing_customers.work.handlers import RunningJob, handler

MERGE = "customers.merge"
UNDO = "customers.undo_merge"
# Not one of the neighbours: it is detached and blanked by operations of its own.
PAYMENT_SOURCES = OwnedNeighbor("billing_customers.PaymentSource", kind="payment_source", label="payment sources")
_ENDED = (MergeStatus.FAILED, MergeStatus.UNDONE)


def merge_customers(
    *,
    site: BillingSite,
    from_id: str,
    to_id: str,
    expected_version: int | None = None,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> tuple[Customer, CustomerMerge]:
    """Have a job merge the customer ``from_id`` into ``to_id``; return the latter as it still is, and the merge.

    The job gives it all payment sources, subscriptions, documents, transactions, unbilled charges, balances, contacts
    and users of the other one, and what hosts have beside it; that one becomes a tombstone whose id leads to the
    customer that stays. The texts of either stay as they are. Asked again, there is one merge, made or not. What speaks
    against it is asked now and again by the job. Raises :class:`NotFound` for each of them, :class:`InvalidInput` for
    one and the same, :class:`VersionMismatch` where ``expected_version`` is not that of ``from_id``, and
    :class:`InvalidState` for what speaks against it. Contract: Chargebee "Merge customers".
    """
    with transaction.atomic(using=locks.database()):
        named = locks.lock_named(site, {from_id, to_id})
        if to_id in named and named.get(from_id, named[to_id]).pk == named[to_id].pk:
            made = made_merge(site, from_id, named[to_id])
            if made is not None:
                return named[to_id], made
        for public_id, param in ((from_id, "from_customer_id"), (to_id, "to_customer_id")):
            if public_id not in named:
                raise NotFound("There is no such customer.", param=param)
        source, target = named[from_id], named[to_id]
        if source.pk == target.pk:
            raise InvalidInput([Issue("to_customer_id", "Must be another customer.")])
        check_version(source, expected_version)
        again = scheduled_merge(site, source, target)
        if again is not None:
            return target, again
        _check(site, source, target)
        merge = CustomerMerge(
            site=site,
            public_id=new_id("merge", 16),
            source=source,
            target=target,
            done_by=actor.name[:100],
            created_at=at,
            updated_at=at,
        )
        merge.save(force_insert=True)
        _enqueue(MERGE, merge, target, actor, at)
        return target, merge


@handler(MERGE)
def carry_out(running: RunningJob) -> dict[str, Any]:
    """Merge the customers of the job. What has come to speak against it since ends the merge, and nothing is moved."""
    site, actor, at = running.site, _actor(running, MERGE), running.clock()
    with transaction.atomic(using=locks.database()):
        merge = _locked_merge(running)
        if merge.status != MergeStatus.SCHEDULED:
            return {"merged": merge.status == MergeStatus.MERGED}
        customers = locks.lock_customers(site, [merge.source_id, merge.target_id])
        source, target = (customers.get(pk) for pk in (merge.source_id, merge.target_id))
        try:
            if source is None or target is None:
                raise InvalidState("One of the customers was deleted meanwhile.")
            _check(site, source, target, besides=merge)
        except BillingError as error:
            _end(merge, MergeStatus.FAILED, at, error=error.message[:250])
            return {"merged": False, "reason": error.message}
        _merge(Pair(site, source, target, merge, actor, at))
        return {"merged": True, "moved": merge.moved}


def undo_merge(*, site: BillingSite, merge_id: str, actor: Actor = UNKNOWN, at: datetime) -> CustomerMerge:
    """Have a job undo the merge (:attr:`CustomerMerge.public_id`); return it. Asked again, there is one job.

    It can be undone while nothing that was moved has changed since; the job looks, and says so in ``error`` where
    something has. Raises :class:`NotFound`, and :class:`InvalidState` for a merge that was not made or is undone, and
    where one of the customers is not what the merge has left.
    """
    with transaction.atomic(using=locks.database()):
        merge = _rows(site).select_for_update().filter(public_id=merge_id).first()
        if merge is None:
            raise NotFound("There is no such merge.")
        if merge.status == MergeStatus.UNDO_SCHEDULED:
            return merge
        if merge.status != MergeStatus.MERGED:
            raise InvalidState(f"The merge is {merge.get_status_display()}: there is nothing to undo.")
        _, target = _lock_parted(site, merge)
        write(merge, {"status": MergeStatus.UNDO_SCHEDULED.value, "error": "", "updated_at": at})
        _enqueue(UNDO, merge, target, actor, at)
        return merge


@handler(UNDO)
def carry_out_undo(running: RunningJob) -> dict[str, Any]:
    """Undo the merge of the job, as a whole or not at all."""
    site, actor, at = running.site, _actor(running, UNDO), running.clock()
    with transaction.atomic(using=locks.database()):
        merge = _locked_merge(running)
        if merge.status != MergeStatus.UNDO_SCHEDULED:
            return {"undone": merge.status == MergeStatus.UNDONE}
        try:
            with transaction.atomic(using=locks.database()):
                _check_email_is_free(site, merge)
                _part(Pair(site, *_lock_parted(site, merge), merge, actor, at))
        except BillingError as error:
            _end(merge, MergeStatus.MERGED, at, error=error.message[:250])
            return {"undone": False, "reason": error.message}
        return {"undone": True}


def _merge(pair: Pair) -> None:
    site, source, target, merge, at = pair.site, pair.source, pair.target, pair.merge, pair.at
    roles, chosen = merge_rows.roles_of(target), merge_rows.merged_roles(pair)
    # The roles of the source, for the way back.
    manifest: dict[str, Any] = {"roles": roles, "own_roles": merge_rows.roles_of(source)}
    manifest["balances"] = merge_rows.move_balances(pair)
    manifest["rows"] = {
        name: neighbor.reassign(site, source, target, at=at) for name, neighbor in _named_neighbors().items()
    }
    manifest["contacts"] = merge_rows.move_contacts(pair)
    manifest["users"] = merge_rows.move_users(pair)
    manifest["names"] = merge_rows.move_names(pair)
    moved = {name: count_of(said) for name, said in manifest["rows"].items()}
    moved |= {name: len(manifest[name]) for name in ("contacts", "users")}
    _end(merge, MergeStatus.MERGED, at, manifest=manifest, moved={name: n for name, n in moved.items() if n})
    _bury(pair)
    columns = {**chosen, "contact_count": target.contact_count + len(manifest["contacts"])}
    store_changes(site, target, columns, actor=pair.actor, at=at, also={"merged": (None, source.public_id)})
    signals.customer_merged.send(sender=Customer, customer=target, merged=source, site=site, actor=pair.actor, at=at)


def _part(pair: Pair) -> None:
    """Give everything back; raise :class:`InvalidState` where something has changed since."""
    site, source, target, merge, at = pair.site, pair.source, pair.target, pair.merge, pair.at
    manifest = merge.manifest
    known = _named_neighbors()
    # First: PostgreSQL lets no live subscription belong to a tombstone.
    write(source, {"is_live": True, "deleted_at": None})
    sources = PAYMENT_SOURCES.public_ids(site, manifest["rows"].get("payment sources", {}))
    for name, said in manifest["rows"].items():
        if name not in known and count_of(said):
            raise InvalidState(f"There is no neighbour {name} any more, which would give back its rows.")
        if name in known:
            _refuse(name, known[name].revert(site, said, at=at))
    _refuse("contacts", merge_rows.return_contacts(pair, manifest["contacts"]))
    merge_rows.return_balances(pair, manifest["balances"])
    merge_rows.return_users(pair, manifest["users"])
    merge_rows.return_names(pair, manifest["names"])
    _end(merge, MergeStatus.UNDONE, at)
    contacts = len(manifest["contacts"])
    columns = {**manifest["own_roles"], "contact_count": source.contact_count + contacts}
    store_changes(site, source, columns, actor=pair.actor, at=at, also={"deleted": (True, False)})
    columns = {
        **merge_rows.parted_roles(pair, manifest["roles"], sources),
        "contact_count": target.contact_count - contacts,
    }
    store_changes(site, target, columns, actor=pair.actor, at=at, also={"merged": (source.public_id, None)})
    signals.customer_merge_undone.send(
        sender=Customer, customer=target, parted=source, site=site, actor=pair.actor, at=at
    )


def _bury(pair: Pair) -> None:
    source = pair.source
    written: dict[str, Any] = {
        "deleted_at": pair.at,
        "is_live": None,
        "contact_count": 0,
        "primary_payment_source_id": None,
        "backup_payment_source_id": None,
    }
    touch(source, written, pair.at)
    Customer.objects.for_site(pair.site).filter(pk=source.pk).update(**written)
    # For whoever shows it; no column.
    source.merged_into = pair.target.public_id
    signals.customer_deleted.send(sender=Customer, customer=source, site=pair.site, actor=pair.actor, at=pair.at)


def _lock_parted(site: BillingSite, merge: CustomerMerge) -> tuple[Customer, Customer]:
    """Both customers, locked, if they are what the merge has left; else :class:`InvalidState`."""
    customers = Customer.objects.using(locks.database()).for_site(site).select_for_update()
    found = {each.pk: each for each in customers.filter(pk__in=(merge.source_id, merge.target_id)).order_by("pk")}
    source, target = found[merge.source_id], found[merge.target_id]
    if not target.is_live:
        raise InvalidState(f"The customer {target.public_id} was deleted or merged itself since.")
    alias = CustomerAlias.objects.using(locks.database()).for_site(site).filter(merged=source).first()
    if source.is_live or alias is None or alias.customer_id != target.pk:
        raise InvalidState(f"The id {source.public_id} was given to another customer since.")
    for customer in (source, target):
        locks.check_open(customer)
    return source, target


def _check_email_is_free(site: BillingSite, merge: CustomerMerge) -> None:
    """Raise :class:`InvalidState` where the site lets nobody have an address twice, and another customer has taken that
    of the customer that would live again. To be asked before either is locked, as everywhere.
    """
    if not site.forbids_duplicate_emails:
        return
    customers = Customer.objects.using(locks.database()).for_site(site)
    key = customers.filter(pk=merge.source_id).values_list("email_key", flat=True).get()
    if not key:
        return
    locks.lock_value(site, "email_key", key)
    taken_by = customers.live().filter(email_key=key).values_list("public_id", flat=True).first()
    if taken_by is not None:
        raise InvalidState(f"The e-mail address was given to {taken_by} since.")


def _check(site: BillingSite, source: Customer, target: Customer, *, besides: CustomerMerge | None = None) -> None:
    blockers = blockers_of_merge(site, source, target, besides=besides)
    if blockers:
        raise InvalidState(blockers[0].message, param="from_customer_id")


def _named_neighbors() -> dict[str, Neighbor]:
    """By what they are called in a manifest."""
    found: dict[str, Neighbor] = {PAYMENT_SOURCES.label: PAYMENT_SOURCES}
    for neighbor in neighbors():
        name = neighbor.label if neighbor.label not in found else f"{neighbor.label} ({neighbor.kind})"
        found[name] = neighbor
    return found


def _refuse(name: str, changed: Iterable[str]) -> None:
    some = list(changed)
    if some:
        more = f" and {len(some) - 3} more" if len(some) > 3 else ""
        raise InvalidState(f"Of the {name} that were moved, {', '.join(some[:3])}{more} changed since.")


def _end(merge: CustomerMerge, status: MergeStatus, at: datetime, **written: Any) -> None:
    """Write how it ended, and when."""
    times = {MergeStatus.MERGED: "merged_at", MergeStatus.UNDONE: "undone_at"}
    if status in times and not written.get("error"):
        written[times[status]] = at
    if status in _ENDED:
        written["is_open"] = None
    write(merge, {"error": "", **written, "status": status.value, "updated_at": at})


def _rows(site: BillingSite) -> QuerySet[CustomerMerge]:
    return CustomerMerge.objects.using(locks.database()).for_site(site)


def _locked_merge(running: RunningJob) -> CustomerMerge:
    return _rows(running.site).select_for_update().get(pk=running.arguments["merge"])


def _actor(running: RunningJob, kind: str) -> Actor:
    return Actor("scheduled_job", kind, running.arguments["silent"])


def _enqueue(kind: str, merge: CustomerMerge, target: Customer, actor: Actor, at: datetime) -> None:
    jobs.enqueue(
        kind=kind,
        site=target.site,
        customer=target,
        arguments={"merge": merge.pk, "silent": actor.silences_webhooks},
        key=f"{kind}:{merge.pk}",
        at=at,
    )
