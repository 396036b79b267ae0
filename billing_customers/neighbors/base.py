"""What a neighbour is: something that refers to customers, and has a say when one of them is to go.

The built-in neighbours are in ``builtin.py``; hosts plug in theirs with ``BILLING_CUSTOMERS["NEIGHBORS"]``, most of
them as a :class:`~billing_customers.neighbors.ModelNeighbor`. Everything here is called inside the transaction of the
operation, with the customer locked, and must not call the network. ``summary`` and ``blockers`` are also asked outside
of one, by whoever wants to know what an operation would do: they only read, and leave locks to ``lock``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Settings are where hosts make neighbours, and there no model can be imported yet.
    from billing_customers.models import BillingSite, Customer


class Operation(StrEnum):
    """What is about to happen to a customer. A string, so that hosts may write ``"delete"``."""

    DELETE = "delete"
    MERGE = "merge"
    ERASE = "erase"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why an operation cannot be carried out: ``ids`` are at most ten of the rows, ``fix`` says what would help."""

    code: str
    message: str
    ids: tuple[str, ...] = ()
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """How many rows a customer has at a neighbour, by status, and how many of them are live."""

    kind: str
    label: str
    total: int
    live: int
    by_status: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receivable:
    """Something that a payment can be for: ``amount_due`` in minor units of ``currency``."""

    id: str
    amount_due: int
    currency: str


# Rows that were changed, and what they were before: JSON, by model.
Manifest = dict[str, Any]


class Neighbor(ABC):
    """``kind`` says what it is (``"subscription"``, ``"invoice"``, …), ``label`` names it for people."""

    kind: str
    label: str

    @property
    def covers(self) -> frozenset[tuple[str, str]]:
        """The foreign keys to customers that it looks after: ``("shop.subscription", "customer")``, in lower case."""
        return frozenset()

    @abstractmethod
    def summary(self, site: BillingSite, customer: Customer) -> Summary:
        """What the customer has here."""

    @abstractmethod
    def blockers(self, site: BillingSite, customer: Customer, operation: Operation) -> list[Blocker]:
        """Why the operation cannot be carried out; empty when nothing speaks against it."""

    def lock(self, site: BillingSite, customer: Customer) -> None:  # noqa: B027 - there may be nothing to lock
        """Keep what :meth:`blockers` read from changing until the transaction ends, as far as the database can."""

    def receivables(self, site: BillingSite, customer: Customer) -> Sequence[Receivable]:
        """What the customer owes here."""
        return ()

    def apply_payment(self, site: BillingSite, receivable_id: str, amount: int, *, at: datetime) -> None:
        """Book ``amount`` for one of the receivables. Only for neighbours that have any."""
        raise NotImplementedError(f"{self.label} takes no payments.")

    @abstractmethod
    def reassign(self, site: BillingSite, source: Customer, target: Customer, *, at: datetime) -> Manifest:
        """Give everything that ``source`` has to ``target``; return what :meth:`revert` needs."""

    @abstractmethod
    def revert(self, site: BillingSite, manifest: Manifest, *, at: datetime) -> list[str]:
        """Give back what was reassigned; return the rows that could not be, because they have changed since."""

    @abstractmethod
    def erase(self, site: BillingSite, customer: Customer, *, at: datetime) -> int:
        """Blank the personal data of the customer's rows; return how many there were."""

    @abstractmethod
    def export(self, site: BillingSite, customer: Customer) -> list[dict[str, Any]]:
        """The customer's rows as JSON, as they may be shown to the person whose data they are."""
