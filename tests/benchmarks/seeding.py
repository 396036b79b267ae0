"""Customers by the thousand or the million, made by PostgreSQL itself. The n-th one is the same in every run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from billing_customers.models import BillingSite, Contact, Customer

_SYLLABLES = [consonant + vowel for consonant in "bdklmnrstz" for vowel in "ao"]

# Letters from a number: 8,000 first names and 160,000 last names, as unevenly spelled as a hash.
_HASH = "((n * 2654435761) % 4294967296)"
_FIRST_NAME = "initcap(" + " || ".join(f"syllables[1 + ({_HASH} / {20**i}) % 20]" for i in range(3)) + ")"
_LAST_NAME = "initcap(" + " || ".join(f"syllables[1 + ({_HASH} / {7 * 20**i}) % 20]" for i in range(4)) + ")"
_EMAIL = f"lower({_FIRST_NAME}) || '.' || n || '@example.com'"
_TOMBSTONE = "n % 50 = 7"

# Column -> its value for the number n. Two customers share each creation time: the order has ties to break.
_COLUMNS = {
    "site_id": "%(site)s",
    "public_id": "'cus_' || lpad(n::text, 12, '0')",
    "is_live": f"CASE WHEN {_TOMBSTONE} THEN NULL ELSE true END",
    "deleted_at": f"CASE WHEN {_TOMBSTONE} THEN now() END",
    "name": f"{_FIRST_NAME} || ' ' || {_LAST_NAME}",
    "first_name": _FIRST_NAME,
    "last_name": _LAST_NAME,
    "company": f"{_LAST_NAME} || ' & Sons ' || n % 1000",
    "email": _EMAIL,
    "email_key": _EMAIL,
    "phone": "'054-' || lpad((n % 10000000)::text, 7, '0')",
    "phone_e164": "'+97254' || lpad((n % 10000000)::text, 7, '0')",
    "preferred_currency_code": "'USD'",
    "locale": "(ARRAY['he', 'en', 'en-US'])[1 + n % 3]",
    "metadata": "jsonb_build_object('crm_id', 'crm-' || n, 'plan', 'team', 'seats', n % 50)",
    "tax_id": "'IL' || lpad(n::text, 9, '0')",
    "tax_id_key": "'IL' || lpad(n::text, 9, '0')",
    "address_first_name": _FIRST_NAME,
    "address_last_name": _LAST_NAME,
    "address_line1": "n % 200 || ' Main Street'",
    "address_line2": "CASE WHEN n % 3 = 0 THEN 'Floor ' || n % 30 END",
    "address_city": "'Walnut'",
    "address_state": "'California'",
    "address_state_code": "'CA'",
    "address_country": "'US'",
    "address_zip": "lpad((n % 100000)::text, 5, '0')",
    "address_validation_status": "'not_validated'",
    "contact_count": "n % 4",
    "resource_version": "1600000000000 + n",
    "created_at": "timestamptz '2020-01-01 00:00Z' + (n / 2) * interval '20 seconds'",
    "updated_at": f"timestamptz '2025-01-01 00:00Z' + {_HASH} / 1000 * interval '1 second'",
}


def seed_customers(site: BillingSite, count: int, *, start: int = 1) -> None:
    """Add the customers number ``start`` and on to ``site``, and up to three contacts to each (1.5 on average).

    One in 50 is a tombstone.
    """
    columns = {**defaults(Customer), **_COLUMNS}
    insert = (
        f"INSERT INTO {Customer._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} "
        "FROM generate_series(%(first)s::bigint, %(last)s::bigint) n, "
        "(SELECT %(syllables)s::text[] AS syllables) letters"
    )
    first, last = start, start + count - 1
    named = {"site": site.pk, "first": first, "last": last, "syllables": _SYLLABLES}
    execute(insert.replace("% ", "%% "), named)
    _seed_contacts(site)


def typical_id(count: int) -> str:
    """The id of one of ``count`` customers, at no round place: there the planner's histograms have their bounds."""
    return f"cus_{count * 5 // 9:012d}"


def _seed_contacts(site: BillingSite) -> None:
    contact, customer = Contact._meta.db_table, Customer._meta.db_table
    columns = defaults(Contact) | {
        "site_id": "c.site_id",
        "customer_id": "c.id",
        "public_id": "'contact_' || c.id || '_' || place",
        "email": "'contact' || place || '.' || c.email",
        "first_name": "c.first_name",
        "last_name": "c.last_name",
        "enabled": "true",
        "send_billing_email": "place = 1",
    }
    execute(
        f"INSERT INTO {contact} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM {customer} c "
        "CROSS JOIN generate_series(1, c.contact_count) place WHERE c.site_id = %(site)s "
        f"AND NOT EXISTS (SELECT FROM {contact} known WHERE known.customer_id = c.id) ORDER BY c.id, place",
        {"site": site.pk},
    )


def copy_rows(source: type[models.Model], target: type[models.Model]) -> None:
    """The same rows, primary keys included, in a table of the same columns."""
    columns = ", ".join(str(field.column) for field in source._meta.local_concrete_fields)
    table = target._meta.db_table
    execute(f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {source._meta.db_table}")
    execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


@contextmanager
def without_indexes(*tables: str) -> Iterator[None]:
    """Leave out the indexes that no constraint needs, and make them again afterwards: that is faster than upkeep."""
    found = _rows(
        "SELECT schemaname || '.' || indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%(tables)s) "
        "AND schemaname = current_schema() AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        {"tables": list(tables)},
    )
    for name, _ in found:
        execute(f"DROP INDEX {name}")
    yield
    execute("SET maintenance_work_mem = '512MB'")
    for _, definition in found:
        execute(definition)
    execute("RESET maintenance_work_mem")


def settle(*tables: str, vacuum: bool = True) -> None:
    """Let the planner know what is there. ``vacuum`` cannot run inside a transaction."""
    for table in tables:
        execute(f"{'VACUUM (ANALYZE)' if vacuum else 'ANALYZE'} {table}")


def defaults(model: type[models.Model]) -> dict[str, str]:
    """What else may not be null, with the default of its field; a text that may be blank is."""
    fields = (field for field in model._meta.local_concrete_fields if not field.null and not field.primary_key)
    needed = (field for field in fields if field.has_default() or field.blank)
    return {str(field.column): _literal(field.get_default()) for field in needed}


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, (bool, int)) else "'" + str(value).replace("'", "''") + "'"


def execute(statement: str, named: dict[str, Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, named)


def _rows(statement: str, named: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, named)
        return cursor.fetchall()
