"""The model's ends: deletion, merges and their undoing, clearing of personal data; and the jobs that do all this."""

from __future__ import annotations

from typing import Any

from tests.machine.model import (
    BUCKETS,
    CLEARED,
    CLOSING,
    CURRENCIES,
    LIVE_STATUSES,
    MAX_CONTACTS,
    OPEN,
    Alias,
    Contact,
    Customer,
    Entry,
    Job,
    Merge,
    Owned,
    Payment,
    Refused,
    Source,
    refuse_if,
)
from tests.machine.moneys import IN_THE_END, Money
from tests.machine.people import People

DELETE, MERGE, UNDO = "customers.delete", "customers.merge", "customers.undo_merge"
ERASE, RECONCILE = "customers.erase", "payments.reconcile"
KINDS = (DELETE, MERGE, UNDO, ERASE, RECONCILE)


class Endings(People, Money):
    def delete(self, public_id: str) -> None:
        customer = self.find(public_id, follows=False)
        if customer is None:
            alias = self.aliases.get(public_id)
            was = alias is not None and alias.merged is None and not alias.customer.live
            refuse_if(not was and not any(each.id == public_id for each in self.customers), "NotFound")
            return
        self._check_deletable(customer)
        self._bury(customer)

    def schedule_deletion(self, public_id: str, forgets: bool) -> None:
        customer = self.named(public_id, follows=False)
        self._check_deletable(customer, cancels=True)
        self.enqueue(DELETE, customer, most=1, forgets=forgets)

    def ask_merge(self, from_id: str, to_id: str) -> None:
        if self._is_made(from_id, to_id):
            return
        source, target = self.named(from_id), self.named(to_id)
        refuse_if(source is target, "InvalidInput")
        for each in self.merges:
            if (each.source, each.target, each.status) == (source, target, "scheduled"):
                return
        self._check_mergeable(source, target, None)
        merge = Merge(source, target)
        self.merges.append(merge)
        self.enqueue(MERGE, merge)

    def _is_made(self, from_id: str, to_id: str) -> bool:
        """Whether the merge that is asked for is what has made one of the two."""
        source, target = self.find(from_id), self.find(to_id)
        if target is None or source not in {None, target}:
            return False
        made = [each for each in self.merges if each.status == "merged" and each.target is target]
        return any(each.source.id == from_id for each in made)

    def ask_undo(self, merge: Merge | None) -> None:
        """``None`` for one that there is not in this site."""
        if merge is None:
            raise Refused("NotFound")
        if merge.status == "undo_scheduled":
            return
        refuse_if(merge.status != "merged", "InvalidState")
        self._check_partable(merge)
        merge.status = "undo_scheduled"
        self.enqueue(UNDO, merge)

    def schedule_erasure(self, public_id: str) -> None:
        customer = self._dead_or_alive(public_id)
        is_anothers = not customer.live and any(each.merged is customer for each in self.aliases.values())
        refuse_if(is_anothers and customer.clearing != CLEARED, "InvalidState")
        merged = self._merged_into(customer)
        wanted = [each for each in (customer, *merged) if each.clearing != CLEARED]
        for each in wanted:
            subscribed = any(row.owner is each and row.status in LIVE_STATUSES for row in self.subscriptions)
            refuse_if(subscribed, "ActiveSubscription")
            refuse_if(self._is_paying(each), "InvalidState")
        for each in wanted:
            if each.clearing == OPEN:
                each.clearing = CLOSING
                each.tell("customer_changed")
        if wanted:
            self.enqueue(ERASE, customer)

    def look_after_payments(self) -> None:
        for payment in self.overdue():
            self.enqueue(RECONCILE, payment, most=100)

    def run(self, job: Job) -> bool:
        """Carry the job out; whether it succeeds."""
        job.attempts += 1
        try:
            self.acts()[job.kind](job.subject)
        except Refused:
            if job.attempts >= job.most:
                self.jobs.remove(job)
            return False
        self.jobs.remove(job)
        return True

    def acts(self) -> dict[str, Any]:
        """By kind, what a job does."""
        return {
            DELETE: self._run_deletion,
            MERGE: self._run_merge,
            UNDO: self._run_undo,
            ERASE: self._run_erasure,
            RECONCILE: self._run_reconciliation,
        }

    def _run_deletion(self, customer: Customer) -> None:
        if not customer.live:
            return
        self._check_deletable(customer, cancels=True)
        for each in self.subscriptions:
            if each.owner is customer and each.status not in {"canceled", "incomplete_expired"}:
                self.change_subscription(str(each.id), "canceled")
        self._bury(customer)

    def _run_merge(self, merge: Merge) -> None:
        if merge.status != "scheduled":
            return
        try:
            refuse_if(not merge.source.live or not merge.target.live, "InvalidState")
            self._check_mergeable(merge.source, merge.target, merge)
        except Refused:
            merge.status = "failed"
            return
        self._merge(merge)

    def _run_undo(self, merge: Merge) -> None:
        if merge.status != "undo_scheduled":
            return
        try:
            self._check_partable(merge)
            self._check_email(merge.source.said)
            self._check_unchanged(merge)
        except Refused:
            merge.status = "merged"
            return
        self._part(merge)

    def _merged_into(self, customer: Customer) -> list[Customer]:
        return [each.merged for each in self.aliases.values() if each.merged and each.customer is customer]

    def _run_erasure(self, customer: Customer) -> None:
        for each in [*self._merged_into(customer), customer]:
            self._erase(each)

    def _erase(self, customer: Customer) -> None:
        if customer.clearing != CLOSING:
            return
        refuse_if(self._is_paying(customer), "InvalidState")
        self._detach_all(customer)
        customer.said = {"day": customer.said.get("day")}
        customer.contacts, customer.users = [], set()
        customer.clearing = CLEARED
        customer.tell("customer_changed")

    def _run_reconciliation(self, payment: Payment) -> None:
        if payment.under_way:
            payment.is_given_up = payment.word == "not_reached"
            self.settle(payment, IN_THE_END[payment.word])

    def _bury(self, customer: Customer) -> None:
        self._detach_all(customer)
        customer.live = False
        customer.tell("customer_deleted")

    def _detach_all(self, customer: Customer) -> None:
        for each in self.attached(customer):
            each.attached, each.changed = False, self.now
            customer.tell("payment_source_deleted")
        customer.primary = customer.backup = None

    def _check_deletable(self, customer: Customer, *, cancels: bool = False) -> None:
        subscribed = any(each.owner is customer and each.status in LIVE_STATUSES for each in self.subscriptions)
        refuse_if(subscribed and not cancels, "ActiveSubscription")
        refuse_if(customer.place or self.children(customer) or self._is_paying(customer), "InvalidState")
        for payment in self.payments:
            paid = any(use.applied and use.invoice.owner is customer for use in payment.uses)
            refuse_if(paid and payment.owner is not customer, "InvalidState")
        for note, invoice, _ in self.credits_used:
            refuse_if(note.owner is customer and invoice.owner is not customer, "InvalidState")

    def _is_paying(self, customer: Customer) -> bool:
        return any(each.owner is customer and each.under_way for each in self.payments)

    def _dead_or_alive(self, public_id: str) -> Customer:
        alias = self.aliases.get(public_id)
        namesakes = [each for each in self.customers if each.id == public_id]
        for some in (namesakes, [alias.customer] if alias else []):
            if some:
                return min(reversed(some), key=lambda each: (not each.live, each.clearing == CLEARED))
        raise Refused("NotFound")

    def _check_mergeable(self, source: Customer, target: Customer, besides: Merge | None) -> None:
        refuse_if(source.clearing != OPEN or target.clearing != OPEN, "InvalidState")
        for each in self.merges:
            if each is not besides and each.under_way:
                is_ours = each.source in {source, target} or each.target is source
                refuse_if(is_ours, "InvalidState")
        refuse_if(self._is_paying(source) or source.place or self.children(source), "InvalidState")
        refuse_if(len(source.contacts) + len(target.contacts) > MAX_CONTACTS, "InvalidState")

    def _check_partable(self, merge: Merge) -> None:
        alias = self.aliases.get(str(merge.source.id))
        refuse_if(not merge.target.live or merge.source.live, "InvalidState")
        leads = alias is not None and alias.merged is merge.source and alias.customer is merge.target
        refuse_if(not leads, "InvalidState")
        refuse_if(merge.source.clearing != OPEN or merge.target.clearing != OPEN, "InvalidState")

    def _merge(self, merge: Merge) -> None:
        source, target = merge.source, merge.target
        merge.status, merge.at = "merged", self.now
        merge.roles, merge.own_roles = (target.primary, target.backup), (source.primary, source.backup)
        if target.primary is None:
            target.primary, target.backup = source.primary, target.backup or source.backup
        merge.entries = self._move_balances(source, target)
        merge.rows = [each for each in self._documents() if each.owner is source]
        for row in merge.rows:
            row.owner, row.changed = target, self.now
        self._move_contacts(merge)
        merge.users = source.users - target.users
        source.users, target.users = source.users & target.users, source.users | target.users
        merge.names = [name for name, alias in self.aliases.items() if alias.customer is source]
        for name in merge.names:
            self.aliases[name].customer = target
        self.aliases[str(source.id)] = Alias(target, merged=source)
        source.primary = source.backup = None
        source.live = False
        source.tell("customer_deleted")
        target.tell("customer_changed")

    def _documents(self) -> list[Owned]:
        return [*self.sources, *self.subscriptions, *self.invoices, *self.notes, *self.charges, *self.payments]

    def _move_balances(self, source: Customer, target: Customer) -> list[Entry]:
        moved = []
        for currency in CURRENCIES:
            for bucket in BUCKETS:
                amount = source.balances[currency, bucket]
                if amount:
                    moved.append(self.move(source, currency, bucket, -amount, has_reference=True))
                    moved.append(self.move(target, currency, bucket, amount, has_reference=True))
        return moved

    @staticmethod
    def _move_contacts(merge: Merge) -> None:
        source, target = merge.source, merge.target
        taken = {each.id for each in target.contacts}
        for each in source.contacts:
            merge.contacts.append((each, each.id, (each.email, each.label)))
            each.id = None if each.id in taken else each.id
            target.canaries.add(each.email)
        target.contacts += source.contacts
        source.contacts = []

    def _check_unchanged(self, merge: Merge) -> None:
        """Nothing that was moved has changed since, and no balance that was moved is used up."""
        target = merge.target
        for row in merge.rows:
            refuse_if(row.owner is not target or row.changed != merge.at, "InvalidState")
        for contact, _, said in merge.contacts:
            refuse_if(contact not in target.contacts or (contact.email, contact.label) != said, "InvalidState")
        for entry in merge.entries:
            there = target.balances[entry.currency, entry.bucket]
            refuse_if(entry.owner is target and there < entry.delta, "InvalidState")

    def _part(self, merge: Merge) -> None:
        source, target = merge.source, merge.target
        merge.status, source.live = "undone", True
        sources = [row for row in merge.rows if isinstance(row, Source)]
        for row in merge.rows:
            row.owner, row.changed = source, self.now
        for contact, name, _ in merge.contacts:
            self._give_back(contact, name, source, target)
        for entry in sorted(merge.entries, key=lambda each: (each.currency, each.bucket, each.delta)):
            self.move(entry.owner, entry.currency, entry.bucket, -entry.delta, reverses=entry)
        still = merge.users & target.users
        source.users, target.users = source.users | still, target.users - still
        del self.aliases[str(source.id)]
        for name in merge.names:
            if name in self.aliases and self.aliases[name].customer is target:
                self.aliases[name].customer = source
        source.primary, source.backup = merge.own_roles
        source.tell("customer_changed")
        self._part_roles(merge, sources)
        target.tell("customer_changed")

    @staticmethod
    def _give_back(contact: Contact, name: str | None, source: Customer, target: Customer) -> None:
        target.contacts.remove(contact)
        contact.id = name
        source.contacts.append(contact)

    def _part_roles(self, merge: Merge, gone: list[Source]) -> None:
        """The other customer keeps the roles of what stays; with no primary left it gets those back that it had
        and still has."""
        target = merge.target
        primary, backup = (None if each in gone else each for each in (target.primary, target.backup))
        if primary is None:
            attached = self.attached(target)
            had_primary, had_backup = (each if each in attached else None for each in merge.roles)
            primary = had_primary if had_primary is not backup else None
            if backup is None:
                backup = had_backup
        target.primary, target.backup = primary, backup
