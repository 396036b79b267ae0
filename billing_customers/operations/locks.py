"""Every lock that operations take, in one place. All are held to the end of the transaction."""

from __future__ import annotations

import hashlib

from django.db import connections, models, router

from billing_customers.exceptions import NotFound
from billing_customers.models import BillingSite, Customer, CustomerAlias, SiteLock


def database() -> str:
    """The alias of the database that customers are written to."""
    return router.db_for_write(Customer)


def lock_value(site: BillingSite, field: str, value: str) -> None:
    """Let one transaction at a time work on ``value`` of ``field`` in ``site``.

    No row may exist yet for the value, so there is nothing to lock but the value itself: an advisory lock on
    PostgreSQL, the
    site's lock row elsewhere. On SQLite that first write also takes the writer's place before anything is read.
    """
    connection = connections[database()]
    if connection.vendor == "postgresql":
        digest = hashlib.blake2b(f"{site.pk}:{field}:{value}".encode(), digest_size=8).digest()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest, "big", signed=True)])
    else:
        _lock_site_row(site)


def lock_customer(site: BillingSite, public_id: str) -> Customer:
    """The live customer with this id, or with this former id, locked for update. Raises :class:`NotFound`."""
    customers = Customer.objects.for_site(site).live().select_for_update()
    customer = customers.filter(public_id=public_id).first()
    if customer is None:
        alias = CustomerAlias.objects.for_site(site).filter(public_id=public_id).first()
        # Without an alias once more by the id: a rename between the two looks may have given it back.
        customer = customers.filter(**{"pk": alias.customer_id} if alias else {"public_id": public_id}).first()
    if customer is None:
        raise NotFound("There is no such customer.")
    return customer


def _lock_site_row(site: BillingSite) -> None:
    if SiteLock.objects.filter(site=site).update(taken=models.F("taken") + 1):
        return
    # INSERT or UPDATE in one statement: on MariaDB all who lost a plain INSERT would hold a shared lock, and deadlock.
    SiteLock.objects.bulk_create(
        [SiteLock(site=site, taken=1)],
        update_conflicts=True,
        update_fields=["taken"],
        unique_fields=["site"] if connections[database()].vendor == "sqlite" else None,
    )
