"""The model's moves: a customer of one site copied to another, by a job."""

from __future__ import annotations

from typing import Any

from tests.machine import endings
from tests.machine.endings import Endings
from tests.machine.model import OPEN, Contact, Customer, Migration, Refused, Source, refuse_if

MOVE = "customers.move"
KINDS = (*endings.KINDS, MOVE)


class Moves(Endings):
    def allow(self, slug: str) -> None:
        self.allowed.add(slug)

    def revoke(self, slug: str) -> None:
        self.allowed.discard(slug)

    def ask_move(self, slug: str, public_id: str) -> None:
        refuse_if(slug not in self.allowed, "NotEnabled")
        original = self.neighbours[slug].opened(public_id)
        if any(each.kind == MOVE and each.about is original for each in self.jobs):
            return
        self._check_email(original.said)
        self._check_id(str(original.id))
        migration = Migration(slug, original, str(original.id))
        self.migrations.append(migration)
        self.enqueue(MOVE, migration, most=3)

    def acts(self) -> dict[str, Any]:
        return {**super().acts(), MOVE: self._run_move}

    def _run_move(self, migration: Migration) -> None:
        original = migration.original
        try:
            refuse_if(migration.from_site not in self.allowed, "NotEnabled")
            refuse_if(not original.live, "NotFound")
            refuse_if(original.clearing != OPEN, "InvalidState")
            self._check_email(original.said)
            self._check_id(migration.entity_id)
        except Refused:
            migration.status, migration.is_explained = "failed", True
            return
        migration.status = "succeeded"
        self._copy(original, migration)

    def _erase(self, customer: Customer) -> None:
        before = customer.clearing
        super()._erase(customer)
        if customer.clearing == before:
            return
        ids = {customer.id, *(name for name, alias in self.aliases.items() if alias.customer is customer)}
        # With two sites, each migration is to or from this one.
        for model in (self, *self.neighbours.values()):
            for each in model.migrations:
                each.is_explained = each.is_explained and each.entity_id not in ids

    def _copy(self, original: Customer, migration: Migration) -> None:
        """Who it is comes along, and what it pays with; what it has, owes, belongs to and went by does not."""
        copy = Customer(migration.entity_id, dict(original.said))
        self._keep_name(copy, copy.said)
        for each in _in_order(original.contacts):
            copy.contacts.append(Contact(each.id, each.email, each.label))
            copy.canaries.add(each.email)
        there: Moves = self.neighbours[migration.from_site]
        copies = {
            each: Source(copy, None, self.now, each.word, each.reference, copy_of=each)
            for each in _in_order(there.attached(original))
        }
        copy.primary, copy.backup = (copies[each] if each else None for each in (original.primary, original.backup))
        self.customers.append(copy)
        self.sources += copies.values()
        copy.tell("customer_moved_in", *("payment_source_added" for _ in copies))
        original.tell("customer_moved_out")


def _in_order(rows: list[Any]) -> list[Any]:
    """As they were made."""
    return sorted(rows, key=lambda each: each.pk)
