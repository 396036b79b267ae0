"""What merging moves besides documents: contacts, users, former ids, payment sources, balances; and back again.

Each ``move_…`` returns JSON that the ``return_…`` beside it needs: primary keys and ids, never personal data. Both
customers are locked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Sum, Value, When
from django.utils.crypto import salted_hmac

from billing_customers.actors import Actor
from billing_customers.choices import Bucket, CreditNoteStatus, CreditNoteType, CreditType, TransactionStatus
from billing_customers.choices import TransactionType as Type
from billing_customers.exceptions import InsufficientBalance, InvalidState
from billing_customers.ids import new_contact_id
from billing_customers.models import (
    Balance,
    BillingSite,
    Contact,
    CreditNote,
    Customer,
    CustomerAlias,
    CustomerMerge,
    CustomerUser,
    LedgerEntry,
    PaymentSource,
    Transaction,
)
from billing_customers.operations import ledger, locks
from billing_customers.operations.ledger import Remark

_CONTACT = ("email", "first_name", "last_name", "phone", "label", "enabled", "send_billing_email", "send_account_email")
_ROLES = ("primary_payment_source_id", "backup_payment_source_id")


@dataclass(frozen=True, slots=True)
class Pair:
    """``source`` is merged into ``target``; both are locked."""

    site: BillingSite
    source: Customer
    target: Customer
    merge: CustomerMerge
    actor: Actor
    at: datetime

    def rows(self, model: Any) -> Any:
        """The site's rows, as this transaction sees them."""
        return model.objects.using(locks.database()).for_site(self.site)


def move_contacts(pair: Pair) -> list[dict[str, Any]]:
    """All of them; one whose id the other customer has given to a contact of its own gets a new one."""
    if not pair.source.contact_count:
        return []
    taken = set(pair.rows(Contact).filter(customer=pair.target).values_list("public_id", flat=True))
    moved = []
    for contact in pair.rows(Contact).filter(customer=pair.source).order_by("pk"):
        public_id = new_contact_id() if contact.public_id in taken else contact.public_id
        moved.append({"pk": contact.pk, "id": contact.public_id, "now": public_id, "digest": _digest(contact)})
    _give_contacts(pair, pair.target, {each["pk"]: each["now"] for each in moved})
    return moved


def return_contacts(pair: Pair, moved: list[dict[str, Any]]) -> list[str]:
    """The ids of those that have changed since, and are therefore not given back."""
    if not moved:
        return []
    found = pair.rows(Contact).filter(customer=pair.target).in_bulk([each["pk"] for each in moved])
    same = {each["pk"] for each in moved if each["pk"] in found and _digest(found[each["pk"]]) == each["digest"]}
    _give_contacts(pair, pair.source, {each["pk"]: each["id"] for each in moved if each["pk"] in same})
    return [each["now"] for each in moved if each["pk"] not in same]


def move_users(pair: Pair) -> list[int]:
    """The users of the one become users of the other, less those that it has already."""
    there = pair.rows(CustomerUser).filter(customer=pair.target).values_list("user_id", flat=True)
    links = pair.rows(CustomerUser).filter(customer=pair.source).exclude(user_id__in=list(there))
    pks = list(links.order_by("pk").values_list("pk", flat=True))
    if pks:
        pair.rows(CustomerUser).filter(pk__in=pks).update(customer=pair.target)
    return pks


def return_users(pair: Pair, moved: list[int]) -> None:
    """Those that are still there: to take a user away is no reason to keep everything else."""
    pair.rows(CustomerUser).filter(pk__in=moved, customer=pair.target).update(customer=pair.source)


def move_names(pair: Pair) -> list[int]:
    """The former ids, and the ids that were merged into it before; its own id is one of them from now on."""
    former = pair.rows(CustomerAlias).filter(customer=pair.source)
    pks = list(former.order_by("pk").values_list("pk", flat=True))
    if pks:
        former.update(customer=pair.target)
    # One that is left of a customer that is gone.
    pair.rows(CustomerAlias).filter(public_id=pair.source.public_id, customer__is_live=None).delete()
    alias = CustomerAlias(
        site=pair.site,
        public_id=pair.source.public_id,
        customer=pair.target,
        merged=pair.source,
        created_at=pair.at,
    )
    alias.save(force_insert=True)
    return pks


def return_names(pair: Pair, moved: list[int]) -> None:
    """The customer goes by its own id again, and by its former ones."""
    pair.rows(CustomerAlias).filter(merged=pair.source).delete()
    pair.rows(CustomerAlias).filter(pk__in=moved, customer=pair.target).update(customer=pair.source)


def merged_roles(pair: Pair) -> dict[str, Any]:
    """The payment sources in the roles of the other customer: its own; without a primary one, the first's as well."""
    own = roles_of(pair.target)
    if own["primary_payment_source_id"] is not None:
        return own
    return {role: own[role] or source for role, source in roles_of(pair.source).items()}


def roles_of(customer: Customer) -> dict[str, Any]:
    """By column, which payment source is primary and which the backup."""
    return {role: getattr(customer, role) for role in _ROLES}


def parted_roles(pair: Pair, before: dict[str, Any], moved: Iterable[str]) -> dict[str, Any]:
    """The roles of the other customer once the payment sources ``moved`` are gone."""
    gone = set(moved)
    kept = {role: None if source in gone else source for role, source in roles_of(pair.target).items()}
    if kept["primary_payment_source_id"] is None:
        # What it had and still has, as far as it was not given another role.
        had = _still_attached(pair, before)
        kept = {role: kept[role] or (None if had[role] in kept.values() else had[role]) for role in _ROLES}
    return kept


def _still_attached(pair: Pair, roles: dict[str, Any]) -> dict[str, Any]:
    """``roles`` of the other customer, without the payment sources that were detached since."""
    attached = pair.rows(PaymentSource).attached().filter(customer=pair.target)
    there = set(
        attached.filter(public_id__in=[each for each in roles.values() if each]).values_list("public_id", flat=True)
    )
    return {role: source if source in there else None for role, source in roles.items()}


def move_balances(pair: Pair) -> list[str]:
    """Everything, in every currency, by an entry on each side; the public ids of the entries.

    What documents have put there moves with the documents and by entries with a reference, as theirs have; what was
    booked by hand moves by entries without one. Of the two, what adds comes first, so that no balance falls below zero.
    """
    if not pair.source.has_balances:
        return []
    entries = []
    for row in pair.rows(Balance).filter(customer=pair.source).order_by("currency"):
        for bucket in Bucket:
            amount = getattr(row, bucket)
            documented = _documented(pair, row.currency, bucket, amount)
            for customer, sign in ((pair.source, -1), (pair.target, 1)):
                parts = [(sign * documented, True), (sign * (amount - documented), False)]
                for delta, has_reference in sorted(parts, reverse=True):
                    if delta:
                        remark = _remark(pair, customer, (row.currency, bucket), has_reference=has_reference)
                        entries.append(_book(pair, customer, (row.currency, bucket), delta, remark))
    return entries


def return_balances(pair: Pair, entries: list[str]) -> None:
    """Reverse the entries. Raises :class:`InvalidState` when what was moved has been used."""
    booked = list(pair.rows(LedgerEntry).filter(public_id__in=entries).select_related("customer"))
    for entry in sorted(booked, key=lambda each: (each.currency, each.bucket, each.delta)):
        try:
            text = f"The merge of {pair.source.public_id} into {pair.target.public_id} was undone"
            ledger.reverse(site=pair.site, entry=entry, description=text, actor=pair.actor, at=pair.at)
        except InsufficientBalance as error:
            name = Bucket(entry.bucket).label
            raise InvalidState(f"The {name} in {entry.currency} that were moved have been used since.") from error


def _give_contacts(pair: Pair, customer: Customer, ids: dict[int, str]) -> None:
    """One statement; what each is called from now on, by its primary key."""
    if not ids:
        return
    called = Case(*(When(pk=pk, then=Value(public_id)) for pk, public_id in ids.items()))
    pair.rows(Contact).filter(pk__in=ids).update(customer=customer, public_id=called)


def _book(pair: Pair, customer: Customer, balance: tuple[str, Bucket], delta: int, remark: Remark) -> str:
    currency, bucket = balance
    entry = ledger.move(
        site=pair.site,
        customer=customer,
        currency=currency,
        bucket=bucket,
        delta=delta,
        remark=remark,
        actor=pair.actor,
        at=pair.at,
    )
    return entry.public_id


def _remark(pair: Pair, customer: Customer, balance: tuple[str, Bucket], *, has_reference: bool) -> Remark:
    currency, bucket = balance
    is_source = customer is pair.source
    other = pair.target if is_source else pair.source
    return Remark(
        reference=f"merge:{pair.merge.public_id}:{currency}" if has_reference else None,
        credit_type=CreditType.GENERAL.value if bucket is Bucket.PROMOTIONAL_CREDITS else "",
        description=f"Merged {'into' if is_source else 'from'} {other.public_id}",
    )


def _documented(pair: Pair, currency: str, bucket: Bucket, amount: int) -> int:
    """How much of the balance documents account for."""
    if bucket is Bucket.REFUNDABLE_CREDITS:
        notes = pair.rows(CreditNote).filter(type=CreditNoteType.REFUNDABLE).exclude(status=CreditNoteStatus.VOIDED)
        return _sum(notes, pair.source, currency, "amount_available")
    if bucket is Bucket.EXCESS_PAYMENTS:
        paid = pair.rows(Transaction).filter(type=Type.PAYMENT, status=TransactionStatus.SUCCESS)
        return _sum(paid, pair.source, currency, "amount_unused")
    return amount


def _sum(rows: Any, customer: Customer, currency: str, column: str) -> int:
    total: int | None = rows.filter(customer=customer, currency=currency).aggregate(total=Sum(column))["total"]
    return int(total or 0)


def _digest(contact: Contact) -> str:
    """Tells whether a contact has changed, to whoever has the secret key, and nothing else to anybody."""
    text = repr([getattr(contact, column) for column in _CONTACT])
    return salted_hmac("billing_customers.merge", text, algorithm="sha256").hexdigest()
