"""Each way to find customers, and the index that it has to take when there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from billing_customers.models import BillingSite, Contact, Customer
from billing_customers.queries.customers import customers_with_metadata
from tests.benchmarks.plans import Plan, Statement, explain, recorded
from tests.benchmarks.wire import Caller, Server

TABLES = frozenset({Customer._meta.db_table, Contact._meta.db_table})


@dataclass(frozen=True, slots=True)
class Lookup:
    """``run`` does it and returns how many customers it found; ``indexes`` are all needed, ``a|b`` being either."""

    name: str
    run: Callable[[], int]
    indexes: tuple[str, ...] = ()

    def plans(self, *, analyze: bool = False) -> list[Plan]:
        """Do it, and explain each statement that reads our tables. Raises ``AssertionError`` if nothing was found."""
        with recorded() as statements:
            found = self.run()
        assert found, f"The look-up by {self.name} found nothing, so its plan says nothing."
        return [explain(each, analyze=analyze) for each in statements if _reads_our_tables(each)]

    def faults(self, plans: list[Plan]) -> Iterator[str]:
        """What is wrong with ``plans``, as sentences."""
        used = frozenset[str]().union(*(plan.indexes for plan in plans))
        scanned = frozenset[str]().union(*(plan.scanned_tables for plan in plans))
        for table in sorted(scanned & TABLES):
            yield f"The look-up by {self.name} reads the whole of {table}."
        for index in self.indexes:
            if not used.intersection(index.split("|")):
                yield f"The look-up by {self.name} takes {sorted(used)} and not {index}."


def all_lookups(server: Server, site: BillingSite, key: str, public_id: str) -> list[Lookup]:
    """The look-ups of both dialects and of the query layer, each for the same seeded customer of ``site``."""
    row: Any = Customer.objects.for_site(site).live().get(public_id=public_id)
    return [
        *_by_equality(server, key, row),
        *_by_prefix(server, key, row),
        *_by_identity(server, key, row),
        *_pages(server, key),
        Lookup(
            "metadata",
            lambda: len(customers_with_metadata(site, {"crm_id": row.metadata["crm_id"]})),
            ("bc_customer_metadata",),
        ),
    ]


def _by_equality(server: Server, key: str, row: Any) -> list[Lookup]:
    chargebee, ching = Caller.of_chargebee(key), Caller.of_ching(key)
    ids = "bc_customer_public_id|bc_customer_id_prefix"
    both = ("bc_customer_phone", "bc_customer_e164")
    sample = {"first_name[is]": row.first_name, "last_name[is]": row.last_name, "email[is]": row.email}
    return [
        Lookup("id, CHING", lambda: len(server.send(ching.get(f"/customers/{row.public_id}")).data), (ids,)),
        Lookup("id, Chargebee", lambda: len(server.send(chargebee.get(f"/customers/{row.public_id}")).data), (ids,)),
        _listed(server, key, "e-mail", {"email[is]": row.email}, "bc_customer_email"),
        _listed(server, key, "phone as given", {"phone[is]": row.phone}, *both),
        _listed(server, key, "phone in E.164", {"phone[is]": row.phone_e164}, *both),
        _listed(server, key, "first name, last name and e-mail", sample, "bc_customer_email|bc_customer_last_name"),
    ]


def _by_prefix(server: Server, key: str, row: Any) -> list[Lookup]:
    """The whole text is its own longest prefix: of short ones PostgreSQL may rightly think that they match too many."""
    prefixes = {
        "id": (row.public_id, "bc_customer_id_prefix|bc_customer_public_id"),
        "email": (row.email, "bc_customer_email"),
        "first_name": (row.first_name, "bc_customer_first_name"),
        "last_name": (row.last_name, "bc_customer_last_name"),
        "company": (row.company, "bc_customer_company"),
        "phone": (row.phone, "bc_customer_phone"),
    }
    return [
        _listed(server, key, f"prefix of {name}", {f"{name}[starts_with]": text}, index)
        for name, (text, index) in prefixes.items()
    ]


def _by_identity(server: Server, key: str, row: Any) -> list[Lookup]:
    """What upserts match. The bodies change nothing, so they can be repeated."""
    given = {
        "email": (row.email, "bc_customer_email"),
        "taxId": (row.tax_id, "bc_customer_tax_id"),
        "phone": (row.phone, "bc_customer_e164"),
    }
    ching = Caller.of_ching(key)

    def upsert(name: str, value: str | None) -> int:
        answer = server.send(ching.json("POST", "/customers/upsert", {"identifyBy": name, name: value}))
        return int(answer.data["data"]["id"] == row.public_id)

    return [
        Lookup(f"{name}, upsert", lambda name=name, value=value: upsert(name, value), (index,))  # type: ignore[misc]
        for name, (value, index) in given.items()
    ]


def _pages(server: Server, key: str) -> list[Lookup]:
    ching = Caller.of_ching(key)
    return [
        Lookup(
            "the newest hundred",
            lambda: len(server.send(ching.get("/customers")).data["data"]),
            ("bc_customer_created",),
        ),
        _listed(server, key, "time of creation, a page", {"limit": "100"}, "bc_customer_created"),
        _listed(
            server,
            key,
            "time of change, a page",
            {"limit": "100", "sort_by[desc]": "updated_at"},
            "bc_customer_updated",
        ),
    ]


def _listed(server: Server, key: str, name: str, query: dict[str, str | None], *indexes: str) -> Lookup:
    call = Caller.of_chargebee(key).get("/customers", query)
    return Lookup(name, lambda: len(server.send(call).data["list"]), indexes)


def _reads_our_tables(statement: Statement) -> bool:
    return any(table in statement.sql for table in TABLES)
