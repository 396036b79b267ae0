"""What an operation would change around a customer: sentences with counts and amounts. Nothing here writes or locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from billing_customers.choices import Bucket
from billing_customers.currencies import exponent
from billing_customers.models import Balance, BillingSite, Contact, Customer, CustomerAlias, CustomerUser, PaymentSource
from billing_customers.neighbors import Neighbor, Summary
from billing_customers.neighbors.registry import neighbors
from billing_customers.operations import locks

MAX_IDS = 10
# Neighbours whose rows are between customers: they forbid an operation, or stay as they are.
_TIES = ("relationship", "allocation")

# The end of a code, and a sentence.
Ending = tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that would change, or stay: ``count`` of them, at most ten by their ``ids``.

    ``amounts`` are by currency, in minor units.
    """

    code: str
    message: str
    count: int = 0
    amounts: Mapping[str, int] = field(default_factory=dict)
    ids: tuple[str, ...] = ()

    @property
    def amounts_text(self) -> str:
        """``5.00 EUR, 12 JPY``; empty without amounts."""
        return ", ".join(f"{_major(amount, currency)} {currency}" for currency, amount in self.amounts.items())


def of_neighbors(
    site: BillingSite,
    customer: Customer,
    ending: str,
    sentence: str,
    *,
    unless: Callable[[Neighbor], Ending] | None = None,
) -> Iterator[Effect]:
    """What the customer has at each neighbour, ours first, but for what ties it to other customers.

    ``ending`` is that of the code, such as ``kept``, and ``sentence`` says what becomes of them; ``unless`` gives both
    for a neighbour of which something else is to be said.
    """
    for neighbor in neighbors():
        if neighbor.kind in _TIES:
            continue
        summary = neighbor.summary(site, customer)
        if summary.total:
            end, said = (unless and unless(neighbor)) or (ending, sentence)
            yield Effect(f"{summary.kind}_{end}", f"{_counted(summary)}. {said}", summary.total)


def of_balances(site: BillingSite, customer: Customer, ending: str, sentence: str) -> Iterator[Effect]:
    """The buckets that have anything in them, by currency."""
    balances = Balance.objects.using(locks.database()).for_site(site).filter(customer=customer).order_by("currency")
    rows = list(balances.values("currency", *Bucket.values))
    for bucket in Bucket:
        amounts = {row["currency"]: row[bucket.value] for row in rows if row[bucket.value]}
        if amounts:
            message = f"{bucket.value.replace('_', ' ').capitalize()}. {sentence}"
            yield Effect(f"{bucket.value}_{ending}", message, len(amounts), amounts)


def of_sources(site: BillingSite, customer: Customer, ending: str, sentence: str) -> Iterator[Effect]:
    """The payment sources that are attached."""
    sources = PaymentSource.objects.using(locks.database()).for_site(site).attached()
    yield from named(
        f"payment_sources_{ending}", "Payment sources", sentence, sources.filter(customer=customer), "public_id"
    )


def of_contacts(site: BillingSite, customer: Customer, ending: str, sentence: str) -> Iterator[Effect]:
    """The contacts, by their ids."""
    contacts = Contact.objects.using(locks.database()).for_site(site).filter(customer=customer)
    yield from named(f"contacts_{ending}", "Contacts", sentence, contacts, "public_id")


def of_former_ids(site: BillingSite, customer: Customer, ending: str, sentence: str) -> Iterator[Effect]:
    """The ids that the customer had before."""
    aliases = CustomerAlias.objects.using(locks.database()).for_site(site).filter(customer=customer)
    yield from named(f"former_ids_{ending}", "Former ids", sentence, aliases, "public_id")


def of_users(site: BillingSite, customer: Customer, ending: str, sentence: str) -> Iterator[Effect]:
    """The users of the host who may act for the customer, by primary key."""
    links = CustomerUser.objects.using(locks.database()).for_site(site).filter(customer=customer)
    yield from named(f"users_{ending}", "Users", sentence, links, "user_id")


def named(code: str, label: str, sentence: str, rows: Any, column: str) -> Iterator[Effect]:
    """The rows, counted, the first of them by ``column``; nothing without any. One query."""
    values = [str(value) for value in rows.order_by("pk").values_list(column, flat=True)]
    if values:
        yield Effect(code, f"{label}: {len(values)}. {sentence}", len(values), ids=tuple(values[:MAX_IDS]))


def _counted(summary: Summary) -> str:
    """``Invoices: 3 (1 payment due, 2 paid)``."""
    label = summary.label[:1].upper() + summary.label[1:]
    statuses = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in sorted(summary.by_status.items()))
    return f"{label}: {summary.total} ({statuses})" if statuses else f"{label}: {summary.total}"


def _major(amount: int, currency: str) -> str:
    """An amount in minor units as it is read."""
    places = exponent(currency)
    return f"{amount // 10**places}.{amount % 10**places:0{places}d}" if places else str(amount)
