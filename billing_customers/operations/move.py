"""Move a customer here from another site of the installation: a copy of it, made by a job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from billing_customers import signals
from billing_customers.actors import UNKNOWN, Actor
from billing_customers.exceptions import (
    BillingError,
    DuplicateEmail,
    DuplicateId,
    InvalidState,
    NotEnabled,
    NotFound,
)
from billing_customers.models import BillingSite, Customer, MigrationStatus, ResourceMigration
from billing_customers.operations import locks
from billing_customers.operations.copying import copy_customer
from billing_customers.operations.customers import check_new_customer
from billing_customers.operations.move_rules import blockers_of_move
from billing_customers.queries.moves import find_source
from billing_customers.work import jobs
from billing_customers.work.handlers import RunningJob, handler

KIND = "customers.move"
NOT_ENABLED = "Customers of that site cannot be moved to this one: it has not been enabled."
NO_CUSTOMER = "There is no such customer."


def schedule_move(
    *, site: BillingSite, from_site: str, public_id: str, actor: Actor = UNKNOWN, at: datetime
) -> ResourceMigration:
    """Have a job copy the customer ``public_id`` of the site called ``from_site`` to ``site``, under the same id.

    While it has not been done, asking again gives the same migration. Raises :class:`NotEnabled` without an allowance,
    whether there is such a site or not; with one, :class:`NotFound`, :class:`InvalidState` for what a neighbour says,
    :class:`DuplicateId` and :class:`DuplicateEmail`. Contract: Chargebee "Move a customer".
    """
    with transaction.atomic(using=locks.database()):
        source = find_source(site, from_site, using=locks.database())
        if source is None:
            raise NotEnabled(NOT_ENABLED, param="from_site")
        original = _locked(source, public_id)
        _check_movable(source, original)
        job = jobs.enqueue(
            kind=KIND,
            site=site,
            arguments={"from_site": source.pk, "customer": original.pk, "silent": actor.silences_webhooks},
            key=f"{KIND}:{site.pk}:{original.pk}",
            at=at,
        )
        known: ResourceMigration | None = _migrations(site).filter(job=job).first()
        if known is not None:
            return known
        _check_room(site, original)
        migration = ResourceMigration(
            site=site, from_site=source, entity_id=original.public_id, job=job, created_at=at, updated_at=at
        )
        migration.save(force_insert=True)
        return migration


@handler(KIND, max_attempts=3)
def carry_out_move(running: RunningJob) -> dict[str, Any]:
    """Copy the customer of the job. What has come to speak against it since ends the move, and nothing is changed."""
    site, at = running.site, running.clock()
    migration = _migrations(site).get(job=running.job)
    if migration.status != MigrationStatus.SCHEDULED:
        # The worker died before it could say so.
        return {"status": migration.status}
    try:
        with transaction.atomic(using=locks.database()):
            return _move(migration, running, at)
    except BillingError as error:
        return _settle(migration, MigrationStatus.FAILED, error.message, at)


def _move(migration: ResourceMigration, running: RunningJob, at: datetime) -> dict[str, Any]:
    site, said = running.site, running.arguments
    source = find_source(site, migration.from_site.slug, using=locks.database())
    if source is None:
        raise NotEnabled(NOT_ENABLED)
    original = locks.lock_customers(source, [said["customer"]]).get(said["customer"])
    if original is None:
        raise NotFound(NO_CUSTOMER)
    waiting = ResourceMigration.objects.using(locks.database()).for_site(site).filter(pk=migration.pk)
    now = waiting.select_for_update().values_list("status", flat=True).get()
    if now != MigrationStatus.SCHEDULED:
        # Another worker was quicker: it held the customer until now.
        return {"status": now}
    _check_movable(source, original)
    actor = Actor("scheduled_job", KIND, silences_webhooks=said["silent"])
    # Under the id that was asked for, though it may have been renamed since.
    copy = copy_customer(site=site, original=original, public_id=migration.entity_id, actor=actor, at=at)
    # Whoever asked may keep its own receivers quiet, not those of the other site.
    signals.customer_moved_out.send(
        sender=Customer, customer=original, site=source, actor=Actor("scheduled_job", KIND), at=at
    )
    errors = " ".join(copy.left_out)
    return _settle(migration, MigrationStatus.SUCCEEDED, errors, at) | {"payment_sources": len(copy.sources)}


def _settle(migration: ResourceMigration, status: MigrationStatus, errors: str, at: datetime) -> dict[str, Any]:
    waiting = _migrations(migration.site).filter(pk=migration.pk, status=MigrationStatus.SCHEDULED)
    waiting.update(status=status, errors=errors, updated_at=max(at, migration.created_at))
    return {"status": status.value}


def _migrations(site: BillingSite) -> Any:
    return ResourceMigration.objects.using(locks.database()).for_site(site).select_related("site", "from_site")


def _locked(source: BillingSite, public_id: str) -> Customer:
    try:
        return locks.lock_customer(source, public_id)
    except NotFound as error:
        raise NotFound(error.message, param="id_at_from_site") from None


def _check_movable(source: BillingSite, original: Customer) -> None:
    """Raise :class:`InvalidState` if something in the site that the customer is in speaks against it."""
    blockers = blockers_of_move(source, original)
    if blockers:
        raise InvalidState(blockers[0].message)


def _check_room(site: BillingSite, original: Customer) -> None:
    """Raise what the copy would raise now."""
    try:
        check_new_customer(site=site, attributes={"email": original.email}, public_id=original.public_id)
    except (DuplicateId, DuplicateEmail) as error:
        raise type(error)(error.message, param="id_at_from_site") from None
