"""Every lock that operations take, in one place. All are held to the end of the transaction."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connections, models, router

from billing_customers.choices import PiiCleared
from billing_customers.exceptions import InvalidState, NotFound
from billing_customers.models import BillingSite, Customer, CustomerAlias, SiteLock
from billing_customers.statements import Statement
from billing_customers.tenancy import SiteScopedQuerySet

# So that there are no more statements than that.
_AT_ONCE = 100

# Model._meta is public in all but name.
_COLUMNS = [field.attname for field in Customer._meta.concrete_fields]  # noqa: SLF001


def database() -> str:
    """The alias of the database that customers are written to."""
    return router.db_for_write(Customer)


def lock_value(site: BillingSite, field: str, value: str) -> None:
    """Let one transaction at a time work on ``value`` of ``field`` in ``site``.

    No row may exist yet for the value, so there is nothing to lock but the value itself: an advisory lock on
    PostgreSQL, the site's lock row elsewhere. On SQLite that first write also takes the writer's place before anything
    is read.
    """
    connection = connections[database()]
    if connection.vendor == "postgresql":
        digest = hashlib.blake2b(f"{site.pk}:{field}:{value}".encode(), digest_size=8).digest()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest, "big", signed=True)])
    else:
        _lock_site_row(site)


def lock_customer(
    site: BillingSite, public_id: str, *, follows_merges: bool = True, cleared_too: bool = False
) -> Customer:
    """The live customer with this id, or with this former id, locked for update. Raises :class:`NotFound`.

    The id of a customer that was merged into it is one of its own where the site says so, unless ``follows_merges`` is
    false. Once its personal data is cleared, or scheduled to be, a customer is closed: :class:`InvalidState`, unless
    ``cleared_too``.
    """
    customer = lock_newest(site, "public_id", public_id)
    if customer is None:
        customers = Customer.objects.for_site(site).live().select_for_update()
        aliases = _aliases(site) if follows_merges else _aliases(site).filter(merged=None)
        alias = aliases.filter(public_id=public_id).first()
        # Without an alias once more by the id: a rename between the two looks may have given it back.
        customer = customers.filter(**{"pk": alias.customer_id} if alias else {"public_id": public_id}).first()
    if customer is None:
        raise NotFound("There is no such customer.")
    if not cleared_too:
        check_open(customer)
    return customer


def check_open(customer: Customer) -> None:
    """Raise :class:`InvalidState` for a customer whose personal data is cleared, or scheduled to be."""
    if customer.pii_cleared != PiiCleared.ACTIVE:
        done = "was" if customer.pii_cleared == PiiCleared.CLEARED else "is being"
        raise InvalidState(f"The personal data of the customer {done} cleared: it cannot be changed any more.")


def lock_dead_or_alive(site: BillingSite, public_id: str, pk: int | None = None) -> Customer:
    """The customer with this id, or with this former id, locked for update: the live one, else its newest tombstone,
    one whose personal data is not cleared first. ``pk`` tells which of them is meant. Raises :class:`NotFound`.
    """
    return _dead_or_alive(site, Customer.objects.select_for_update(), public_id, pk)


def find_dead_or_alive(site: BillingSite, public_id: str) -> Customer:
    """The customer that :func:`lock_dead_or_alive` would lock, as it is. Raises :class:`NotFound`."""
    return _dead_or_alive(site, Customer.objects.all(), public_id, None)


def _dead_or_alive(site: BillingSite, rows: SiteScopedQuerySet[Customer], public_id: str, pk: int | None) -> Customer:
    customers = rows.using(database()).for_site(site)
    if pk is not None:
        customers = customers.filter(pk=pk)
    former = CustomerAlias.objects.using(database()).for_site(site).filter(public_id=public_id).values("customer_id")
    for some in (customers.filter(public_id=public_id), customers.filter(pk__in=former)):
        found = sorted(some, key=lambda each: (not each.is_live, each.pii_cleared == PiiCleared.CLEARED, -each.pk))
        if found:
            return found[0]
    raise NotFound("There is no such customer.")


def lock_whole(site: BillingSite, pk: int) -> Customer:
    """The customer with this primary key, a tombstone too, locked for update."""
    return Customer.objects.using(database()).for_site(site).select_for_update().get(pk=pk)


def lock_customers(site: BillingSite, pks: Iterable[int]) -> dict[int, Customer]:
    """The live customers with these primary keys, locked for update in this order, so that no two calls deadlock."""
    wanted = sorted(set(pks))
    found: dict[int, Customer] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for row in _by_pk(len(some)).rows(site.pk, *some, using=database()):
            customer = Customer.from_db(database(), _COLUMNS, row)
            found[customer.pk] = customer
    return found


def lock_owner(site: BillingSite, rows: models.QuerySet[Any, Any]) -> Customer | None:
    """The live customer that the first of ``rows`` belongs to, locked; ``None`` where there is none.

    A merge may give the row to another customer while the first is waited for: then it is that one's.
    """
    tried: set[int] = set()
    while True:
        owner = rows.values_list("customer_id", flat=True).first()
        if owner is None or owner in tried:
            return None
        customer = lock_customers(site, [owner]).get(owner)
        if customer is not None:
            return customer
        tried.add(owner)


def lock_tree(site: BillingSite) -> None:
    """Let one transaction at a time change the account hierarchies of ``site``; taken before any customer is locked.

    Locks on the customers do not do: of a ring of four, two can close two links each, and neither sees the other's.
    """
    lock_value(site, "hierarchy", "")


def lock_named(site: BillingSite, public_ids: Collection[str]) -> dict[str, Customer]:
    """The live customers with these ids or former ids, by these, locked in the order of their primary keys.

    Those that there are not are left out.
    """
    locked = lock_customers(site, pks_named(site, public_ids).values())
    # Once more: a rename may have come between the look and the lock.
    return {each: locked[pk] for each, pk in pks_named(site, public_ids).items() if pk in locked}


def pks_named(site: BillingSite, public_ids: Collection[str], *, follows_merges: bool = True) -> dict[str, int]:
    """The primary keys of the live customers with these ids or former ids, by these; nothing is locked.

    ``follows_merges`` is as in :func:`lock_customer`.
    """
    live = Customer.objects.using(database()).for_site(site).live()
    found = dict(live.filter(public_id__in=public_ids).values_list("public_id", "pk"))
    former = [each for each in public_ids if each not in found]
    if former:
        aliases = _aliases(site) if follows_merges else _aliases(site).filter(merged=None)
        found.update(
            aliases.filter(public_id__in=former, customer__is_live=True).values_list("public_id", "customer_id")
        )
    return found


def _aliases(site: BillingSite) -> Any:
    """What leads to a customer besides its id."""
    aliases = CustomerAlias.objects.using(database()).for_site(site)
    return aliases if site.follows_merged_ids else aliases.filter(merged=None)


def lock_newest(site: BillingSite, column: str, value: str) -> Customer | None:
    """The newest live customer with ``value`` in ``column``, locked for update."""
    rows = _newest_by(column).rows(site.pk, value, using=database())
    return Customer.from_db(database(), _COLUMNS, rows[0]) if rows else None


@functools.cache
def _newest_by(column: str) -> Statement:
    def build(site: int, value: str) -> Any:
        customers = Customer.objects.for_site(site).live().filter(**{column: value})
        return customers.newest_first().select_for_update().values_list(*_COLUMNS)[:1]

    return Statement(Customer, build, int, str)


@functools.cache
def _by_pk(count: int) -> Statement:
    def build(site: int, *pks: int) -> Any:
        customers = Customer.objects.for_site(site).live().filter(pk__in=pks)
        return customers.select_for_update().order_by("pk").values_list(*_COLUMNS)

    return Statement(Customer, build, int, *(int for _ in range(count)))


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
