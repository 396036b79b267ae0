"""What the database holds, read with as few and as plain statements as can be, and compared with the models."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.apps import apps
from django.db import connection

from billing_customers.models import SiteLock
from tests.machine.model import BUCKETS, CLEARED, Contact, Customer, Job, Row
from tests.machine.moves import MOVE, Moves

Tuple = tuple[Any, ...]
_Said = Callable[[Any], Tuple]

# By list of the model: its table, what is read of it, and the same as the model says it. The id comes first of all.
_OWNED: dict[str, tuple[str, str, _Said]] = {
    "sources": ("paymentsource", "customer_id, deleted_at IS NULL", lambda x: (x.owner.pk, x.attached)),
    "subscriptions": ("subscription", "customer_id, status", lambda x: (x.owner.pk, x.status)),
    "invoices": (
        "invoice",
        "customer_id, currency, status, total, amount_due, amount_paid, credits_applied",
        lambda x: (x.owner.pk, x.currency, x.status, x.total, x.due, x.paid, x.credited),
    ),
    "notes": (
        "creditnote",
        "customer_id, currency, total, amount_available",
        lambda x: (x.owner.pk, x.currency, x.total, x.available),
    ),
    "charges": (
        "unbilledcharge",
        "customer_id, currency, amount, closed_at IS NOT NULL",
        lambda x: (x.owner.pk, x.currency, x.amount, x.closed),
    ),
    "payments": (
        "transaction",
        "customer_id, currency, amount, status, amount_unused, payment_source_id",
        lambda x: (x.owner.pk, x.currency, x.amount, x.status, x.unused, x.source.pk if x.source else None),
    ),
    "merges": ("customermerge", "source_id, target_id, status", lambda x: (x.source.pk, x.target.pk, x.status)),
}
_CUSTOMER = (
    "is_live, name, email, phone, tax_id, address_city, billing_date, pii_cleared, primary_payment_source_id,"
    " backup_payment_source_id, contact_count, has_parent, child_count, has_balances"
)
_TEXTS = ("name", "email", "phone", "tax_id", "city", "day")
_PLACE = "child_id, parent_id, root_id, invoice_owner_id, payment_owner_id, uses_default_access, parent_account_access"
_ENTRY = "customer_id, currency, bucket, delta, reference IS NOT NULL, reverses_id"


def read(sql: str, *values: Any) -> list[Tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def by_site(table: str, columns: str, *, after: int = 0) -> dict[int, list[Tuple]]:
    """The rows of each site in the order they were made: the primary key, and these columns."""
    found: dict[int, list[Tuple]] = defaultdict(list)
    sql = f"SELECT site_id, id, {columns} FROM billing_customers_{table} WHERE id > %s ORDER BY id"
    for site, *row in read(sql, after):
        found[site].append(tuple(row))
    return found


def digest() -> list[list[Tuple]]:
    """Every row of every table of the package, less the locks that were taken; of events, how long the payloads are."""
    models = [model for model in apps.get_app_config("billing_customers").get_models() if model is not SiteLock]
    found = []
    for model in models:
        columns = [field.column for field in model._meta.concrete_fields]
        quoted = [connection.ops.quote_name(each) for each in columns]
        shown = [f"LENGTH({each})" if "_payload" in each else each for each in quoted]
        found.append(read(f"SELECT {', '.join(shown)} FROM {model._meta.db_table} ORDER BY 1"))
    return found


class Tables:
    """The tables beside the models of the two sites, by the primary keys of these."""

    def __init__(self, models: dict[int, Moves], sites: dict[str, int]) -> None:
        self._models, self._sites = models, sites
        self._last = {"event": 0, "ledgerentry": 0}
        self._told: Counter[int] = Counter()
        self._booked: dict[int, int] = dict.fromkeys(models, 0)
        self._versions: dict[int, int] = {}

    def check(self) -> None:
        """Everything is as the models say. What the product has named is called so by the models from now on."""
        owned = {name: by_site(table, f"public_id, {columns}") for name, (table, columns, _) in _OWNED.items()}
        customers = by_site("customer", f"public_id, {_CUSTOMER}, resource_version")
        contacts = by_site("contact", "public_id, customer_id, email, label")
        for site, model in self._models.items():
            _name(model.customers, customers[site])
            _name(_all_contacts(model), contacts[site])
            for name, found in owned.items():
                _name(getattr(model, name), found[site])
        for site, model in self._models.items():
            self._check_customers(model, customers[site])
            told = {each.pk: (each.id, owner.pk, each.email, each.label) for owner, each in _contacts(model)}
            _same("contacts", told, contacts[site])
            for name, (_, _, said) in _OWNED.items():
                _same(name, {each.pk: (each.id, *said(each)) for each in getattr(model, name)}, owned[name][site])
        for found in (customers, contacts, *owned.values()):
            assert found.keys() <= self._models.keys(), "rows of a third site"
        self._check_ties()
        self._check_moves()
        self._check_money()
        self._check_events()
        self._check_jobs()

    def _check_customers(self, model: Moves, rows: list[Tuple]) -> None:
        children = Counter(each.parent for each in model.living if each.parent)
        expected = {each.pk: (each.id, *_said_of(each, children[each])) for each in model.customers}
        _same("customers", expected, [row[:-1] for row in rows])
        for pk, *_, version in rows:
            assert version >= self._versions.get(pk, 0), f"the version of {pk} fell"
            self._versions[pk] = version

    def _check_ties(self) -> None:
        aliases = {site: {row[1:] for row in rows} for site, rows in by_site("customeralias", _ALIAS).items()}
        places = {site: {_place(row[1:]) for row in rows} for site, rows in by_site("relationship", _PLACE).items()}
        users = {
            site: {_link(row) for row in rows} for site, rows in by_site("customeruser", "customer_id, user_id").items()
        }
        for site, model in self._models.items():
            names = {
                (name, each.customer.pk, each.merged.pk if each.merged else None)
                for name, each in model.aliases.items()
            }
            _equal("former ids", names, aliases.get(site, set()))
            _equal("hierarchy", {_told_place(each) for each in model.customers if each.place}, places.get(site, set()))
            linked = {_link((None, each.pk, user)) for each in model.customers for user in each.users}
            _equal("users", linked, users.get(site, set()))

    def _check_moves(self) -> None:
        migrations = by_site("resourcemigration", "from_site_id, entity_id, status, errors")
        allowances = by_site("moveallowance", "from_site_id")
        for site, model in self._models.items():
            _name(model.migrations, migrations[site])
            told = {
                each.pk: (self._sites[each.from_site], each.entity_id, each.status, each.is_explained)
                for each in model.migrations
            }
            _same("migrations", told, [(*row[:-1], bool(row[-1])) for row in migrations[site]])
            allowed = {self._sites[slug] for slug in model.allowed}
            _equal("allowances", allowed, {row[1] for row in allowances[site]})
        self._check_references()

    def _check_references(self) -> None:
        """A copy is paid with by the reference of the original, and nothing else is."""
        found = dict(read("SELECT id, reference_id FROM billing_customers_paymentsource"))
        sources = {each.pk: each for model in self._models.values() for each in model.sources}
        # By what is kept, the first row of it; the same by the reference must be the same rows.
        by_thing: dict[object, int] = {}
        by_reference: dict[str, int] = {}
        for pk, reference in found.items():
            if not reference:
                # Whoever was cleared has nothing to be known by.
                assert sources[pk].owner.clearing == CLEARED, f"{pk} has no reference"
                continue
            same = by_thing.setdefault(sources[pk].kept, pk), by_reference.setdefault(reference, pk)
            assert same[0] == same[1], f"{reference} of {pk} is that of {same[1]} and should be that of {same[0]}"

    def _check_money(self) -> None:
        balances = by_site("balance", f"customer_id, currency, {', '.join(BUCKETS)}")
        entries = by_site("ledgerentry", f"public_id, {_ENTRY}", after=self._last["ledgerentry"])
        held = read("SELECT site_id, invoice_id FROM billing_customers_allocation WHERE is_open IS NOT NULL")
        sums = read(_SUMS)
        for site, model in self._models.items():
            there = {row[1:3]: row[3:] for row in balances.get(site, [])}
            expected = {
                (each.pk, currency): tuple(each.balances[currency, bucket] for bucket in BUCKETS)
                for each in model.customers
                for currency in {currency for currency, _ in each.balances}
            }
            _equal("balances", _not_nothing(expected), _not_nothing(there))
            rows = entries.get(site, [])
            new = model.entries[self._booked[site] :]
            _name(new, rows)
            _same("entries", {each.pk: (each.id, *_told_entry(each)) for each in new}, rows)
            self._booked[site] = len(model.entries)
            self._last["ledgerentry"] = max([self._last["ledgerentry"], *(row[0] for row in rows)])
            _equal("held", {each.pk for each in model.invoices if each.held}, {pk for at, pk in held if at == site})
        assert sums == [], f"balances that are not the sum of their entries: {sums}"

    def _check_events(self) -> None:
        found = by_site("event", "customer_id, type, sequence, site_id", after=self._last["event"])
        for site, model in self._models.items():
            by_pk = {each.pk: each for each in model.customers}
            for pk, customer, event, sequence, _ in found.pop(site, []):
                self._last["event"] = max(self._last["event"], pk)
                told, place = by_pk[customer].events, self._told[customer]
                assert sequence == place + 1, f"event {sequence} of {customer} after {place}"
                assert told[place : place + 1] == [event], f"{by_pk[customer].id}: {event} instead of {told[place:]}"
                self._told[customer] += 1
            for each in by_pk.values():
                told = each.events[self._told[each.pk or 0] :]
                assert not told, f"{each.id} in {site}: no event {told}"
        assert not found, "events of a third site"

    def _check_jobs(self) -> None:
        rows = read(
            "SELECT site_id, job.key FROM billing_customers_job job WHERE job.key IS NOT NULL AND status = 'pending'"
        )
        expected = {(site, _key(site, each)) for site, model in self._models.items() for each in model.jobs}
        _equal("jobs", expected, set(rows))

    def check_kept(self, reference: str, is_kept: bool) -> None:
        """A gateway keeps a reference as long as anybody has it, in whichever site."""
        rows = {
            pk for (pk,) in read("SELECT id FROM billing_customers_paymentsource WHERE reference_id = %s", reference)
        }
        sources = [each for model in self._models.values() for each in model.sources]
        assert is_kept is any(each.attached for each in sources if each.pk in rows), f"{reference}: kept is {is_kept}"


_ALIAS = "public_id, customer_id, merged_id"
_SUMS = """
SELECT entry.customer_id, entry.currency, entry.bucket, SUM(entry.delta)
FROM billing_customers_ledgerentry entry
JOIN billing_customers_balance balance
    ON balance.customer_id = entry.customer_id AND balance.currency = entry.currency
GROUP BY entry.customer_id, entry.currency, entry.bucket, balance.promotional_credits, balance.refundable_credits,
    balance.excess_payments, balance.unbilled_charges
HAVING SUM(entry.delta) <> CASE entry.bucket
    WHEN 'promotional_credits' THEN balance.promotional_credits
    WHEN 'refundable_credits' THEN balance.refundable_credits
    WHEN 'excess_payments' THEN balance.excess_payments
    ELSE balance.unbilled_charges END
"""


def _key(site: int, job: Job) -> str:
    """A customer can be moved to several sites, so the key says to which."""
    return f"{job.kind}:{site}:{job.about.pk}" if job.kind == MOVE else f"{job.kind}:{job.about.pk}"


def _said_of(customer: Customer, children: int) -> Tuple:
    return (
        customer.live or None,
        *(customer.said.get(name) for name in _TEXTS),
        customer.clearing,
        customer.primary.id if customer.primary else None,
        customer.backup.id if customer.backup else None,
        len(customer.contacts),
        customer.place is not None,
        children,
        customer.has_balances,
    )


def _contacts(model: Moves) -> list[tuple[Customer, Contact]]:
    return [(customer, each) for customer in model.customers for each in customer.contacts]


def _all_contacts(model: Moves) -> list[Contact]:
    return [each for _, each in _contacts(model)]


def _told_place(customer: Customer) -> Tuple:
    place = customer.place
    assert place is not None
    ends = (place.parent, customer.top, place.invoiced, place.pays)
    return (customer.pk, *(each.pk for each in ends), place.uses_default, place.own_mail)


def _place(row: Tuple) -> Tuple:
    *ends, uses_default, access = row
    own = json.loads(access) if isinstance(access, str) else access
    return (*ends, bool(uses_default), own.get("send_invoice_emails"))


def _link(row: Tuple) -> tuple[int, str]:
    """A UUID is a text to SQLite."""
    _, customer, user = row
    return customer, str(user).replace("-", "")


def _told_entry(entry: Any) -> Tuple:
    reverses = entry.reverses.pk if entry.reverses else None
    return (entry.owner.pk, entry.currency, entry.bucket, entry.delta, entry.has_reference, reverses)


def _not_nothing(balances: dict[Tuple, Tuple]) -> dict[Tuple, Tuple]:
    return {where: amounts for where, amounts in balances.items() if any(amounts)}


def _name(things: Iterable[Row], rows: Sequence[Tuple]) -> None:
    """Give what has no primary key yet those of the rows that nobody has, in the order that both were made in."""
    known = {each.pk: each for each in things}
    new = [each for each in things if each.pk is None]
    for thing, row in zip(new, (row for row in rows if row[0] not in known), strict=False):
        thing.pk = row[0]
        known[row[0]] = thing
    for pk, public_id, *_ in rows:
        if pk in known and getattr(known[pk], "id", "") is None:
            known[pk].id = public_id  # type: ignore[attr-defined]


def _same(what: str, expected: dict[Any, Tuple], rows: Iterable[Tuple]) -> None:
    _equal(what, expected, {row[0]: tuple(row[1:]) for row in rows})


def _equal(what: str, expected: Any, found: Any) -> None:
    if expected == found:
        return
    if isinstance(expected, dict):
        keys = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
        expected, found = ({key: side.get(key) for key in keys} for side in (expected, found))
    else:
        expected, found = expected - found, found - expected
    raise AssertionError(f"{what}: the model has {expected}, the tables have {found}")
