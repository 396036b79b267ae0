"""What a site must hold, told again in the plainest way: lists in memory, and no line of the package.

Each function is an operation: it changes the lists, or raises :class:`Refused` before it has changed anything. Primary
keys and generated ids are ``None`` until they are read from the rows that the product has made.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

OPEN, CLOSING, CLEARED = "active", "scheduled_for_clear", "cleared"
CURRENCIES = ("EUR", "ILS", "USD")
BUCKETS = ("promotional_credits", "refundable_credits", "excess_payments", "unbilled_charges")
MAX_CONTACTS = 10
LIVE_STATUSES = ("active", "trialing", "past_due")


class Refused(Exception):
    """The operation must raise the error of this name, and change nothing."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Fails(Exception):
    """The operation must raise the error of this name, and what the model has changed is changed all the same."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def refuse_if(is_wrong: object, error: str) -> None:
    if is_wrong:
        raise Refused(error)


@dataclass(eq=False)
class Row:
    """Anything that has a row."""

    pk: int | None = field(default=None, kw_only=True)


@dataclass(eq=False)
class Contact(Row):
    id: str | None
    email: str
    label: str | None = None


@dataclass(eq=False)
class Place:
    """Where a customer stands below another."""

    parent: Customer
    invoiced: Customer
    pays: Customer
    uses_default: bool
    # Of the access settings the machine changes this one: does the parent get the invoices?
    own_mail: bool | None

    @property
    def mail(self) -> bool:
        return True if self.own_mail is None else self.own_mail


@dataclass(eq=False)
class Customer(Row):
    id: str | None
    said: dict[str, Any]
    live: bool = True
    clearing: str = OPEN
    place: Place | None = None
    contacts: list[Contact] = field(default_factory=list)
    users: set[str] = field(default_factory=set)
    primary: Source | None = None
    backup: Source | None = None
    balances: Counter[tuple[str, str]] = field(default_factory=Counter)
    has_balances: bool = False
    events: list[str] = field(default_factory=list)
    # Texts that nobody else has said: names, and addresses of contacts.
    canaries: set[str] = field(default_factory=set)

    @property
    def parent(self) -> Customer | None:
        return self.place.parent if self.place else None

    @property
    def above(self) -> list[Customer]:
        """From the parent to the top."""
        return [self.parent, *self.parent.above] if self.parent else []

    @property
    def top(self) -> Customer:
        return [self, *self.above][-1]

    @property
    def payer(self) -> Customer:
        return self.place.pays if self.place else self

    @property
    def invoiced(self) -> Customer:
        return self.place.invoiced if self.place else self

    def tell(self, *events: str) -> None:
        self.events += events


@dataclass(eq=False)
class Owned(Row):
    """What a merge moves. ``changed`` is when the row was changed last."""

    owner: Customer
    id: str | None
    changed: datetime


@dataclass(eq=False)
class Source(Owned):
    # What the test gateway does with it, and what it calls it; ``None`` for a name that it makes up.
    word: str
    reference: str | None = None
    attached: bool = True
    # In another site: both are charged by one reference.
    copy_of: Source | None = None

    @property
    def kept(self) -> object:
        """What a gateway keeps one of, however many sources there are of it."""
        return self.reference or (self.copy_of.kept if self.copy_of else self)


@dataclass(eq=False)
class Subscription(Owned):
    status: str


@dataclass(eq=False)
class Invoice(Owned):
    currency: str
    status: str
    total: int
    due: int
    paid: int = 0
    credited: int = 0
    held: bool = False


@dataclass(eq=False)
class Note(Owned):
    currency: str
    total: int
    available: int


@dataclass(eq=False)
class Charge(Owned):
    currency: str
    amount: int
    closed: bool = False


@dataclass(eq=False)
class Use:
    """What of a payment, or of a credit note, is for an invoice."""

    invoice: Invoice
    amount: int
    applied: bool


@dataclass(eq=False)
class Payment(Owned):
    currency: str
    amount: int
    status: str
    unused: int = 0
    uses: list[Use] = field(default_factory=list)
    # Of one that a gateway makes: what is charged, and what becomes of that.
    word: str = ""
    source: Source | None = None
    is_new_source: bool = False
    retains: bool = False
    replaces: bool = False
    is_given_up: bool = False

    @property
    def under_way(self) -> bool:
        return self.status in {"in_progress", "timeout"}


@dataclass(eq=False)
class Entry(Row):
    owner: Customer
    currency: str
    bucket: str
    delta: int
    has_reference: bool
    reverses: Entry | None = None
    id: str | None = None


@dataclass(eq=False)
class Merge(Row):
    source: Customer
    target: Customer
    status: str = "scheduled"
    id: str | None = None
    # What the way back needs.
    at: datetime | None = None
    rows: list[Owned] = field(default_factory=list)
    contacts: list[tuple[Contact, str | None, tuple[Any, ...]]] = field(default_factory=list)
    users: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    roles: tuple[Source | None, Source | None] = (None, None)
    own_roles: tuple[Source | None, Source | None] = (None, None)

    @property
    def under_way(self) -> bool:
        return self.status in {"scheduled", "undo_scheduled"}


@dataclass(eq=False)
class Migration(Row):
    """A customer of the site called ``from_site`` that this one has asked for, under the id that it then had."""

    from_site: str
    original: Customer
    entity_id: str
    status: str = "scheduled"
    # Whether it says why it failed.
    is_explained: bool = False


@dataclass(eq=False)
class Alias:
    """A former id; of a customer that was ``merged`` into this one, or of its own."""

    customer: Customer
    merged: Customer | None = None


@dataclass(eq=False)
class Job(Row):
    kind: str
    subject: Any
    most: int
    # Of a deletion: whether the gateways forget the payment sources.
    forgets: bool | None = None
    attempts: int = 0

    @property
    def about(self) -> Any:
        """Who or what its key and its arguments name."""
        return self.subject.original if isinstance(self.subject, Migration) else self.subject


@dataclass(eq=False)
class SiteModel:
    """All that a site has."""

    forbids_duplicate_emails: bool
    follows_merged_ids: bool
    max_levels: int
    max_children: int
    now: datetime
    customers: list[Customer] = field(default_factory=list)
    aliases: dict[str, Alias] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    # Of notes: (note, invoice, amount).
    credits_used: list[tuple[Note, Invoice, int]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    migrations: list[Migration] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    # The other sites by their slugs, and those of them that customers may come from.
    neighbours: dict[str, Any] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=set)

    @property
    def living(self) -> list[Customer]:
        return [each for each in self.customers if each.live]

    def children(self, customer: Customer) -> list[Customer]:
        return [each for each in self.living if each.parent is customer]

    def below(self, customer: Customer) -> list[Customer]:
        return [each for each in self.living if customer in each.above]

    def find(self, public_id: str, *, follows: bool | None = None) -> Customer | None:
        """The live customer that goes by this id, or went by it."""
        for each in self.living:
            if each.id == public_id:
                return each
        alias = self.aliases.get(public_id)
        follows = self.follows_merged_ids if follows is None else follows
        if alias is None or not alias.customer.live or (alias.merged is not None and not follows):
            return None
        return alias.customer

    def named(self, public_id: str, *, follows: bool | None = None) -> Customer:
        found = self.find(public_id, follows=follows)
        if found is None:
            raise Refused("NotFound")
        return found

    def opened(self, public_id: str) -> Customer:
        """One that may be changed."""
        found = self.named(public_id)
        refuse_if(found.clearing != OPEN, "InvalidState")
        return found

    def shown(self, public_id: str, *, deleted_too: bool) -> Customer | None:
        """Whom a reader is shown for this id: the live one, or else the newest tombstone."""
        alive = self.find(public_id)
        if alive is not None or not deleted_too:
            return alive
        alias = self.aliases.get(public_id)
        former = None
        if alias is not None and (alias.merged is None or self.follows_merged_ids):
            former = alias.customer
        found = [each for each in self.customers if each.id == public_id or each is former]
        return found[-1] if found else None

    def attached(self, customer: Customer) -> list[Source]:
        return [each for each in self.sources if each.owner is customer and each.attached]

    def pending(self, kind: str, subject: Any) -> Job | None:
        return next((each for each in self.jobs if (each.kind, each.subject) == (kind, subject)), None)

    def enqueue(self, kind: str, subject: Any, most: int = 10, forgets: bool | None = None) -> None:
        """One job for one subject, as long as it is not over; asked for otherwise, it is refused."""
        job = self.pending(kind, subject)
        if job is None:
            self.jobs.append(Job(kind, subject, most, forgets))
        else:
            refuse_if(job.forgets is not forgets, "InvalidState")

    def move(
        self,
        customer: Customer,
        currency: str,
        bucket: str,
        delta: int,
        *,
        has_reference: bool = False,
        reverses: Entry | None = None,
    ) -> Entry:
        """An entry, and the balance that goes with it."""
        refuse_if(customer.balances[currency, bucket] + delta < 0, "InsufficientBalance")
        customer.balances[currency, bucket] += delta
        customer.has_balances = True
        entry = Entry(customer, currency, bucket, delta, has_reference, reverses)
        self.entries.append(entry)
        return entry
