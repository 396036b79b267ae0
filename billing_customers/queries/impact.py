"""What an operation would do to a customer, before anybody does it: what speaks against it, and what would change.

It asks the rules that the operations ask, writes nothing and locks nothing. So what it says can be out of date by the
time that somebody acts on it; the operation asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing_customers.exceptions import InvalidInput, Issue, NotFound
from billing_customers.models import BillingSite, Customer
from billing_customers.neighbors import Blocker
from billing_customers.operations import locks
from billing_customers.queries import impact_of_ends as ends
from billing_customers.queries import impact_of_moves as moves
from billing_customers.queries import impact_of_trees as trees
from billing_customers.queries.effects import Effect

Targets = Mapping[str, Any]
Outlook = tuple[Sequence[Blocker], Iterable[Effect]]


@dataclass(frozen=True, slots=True)
class Impact:
    """What ``operation`` would do to a customer. Without ``blockers`` it would be carried out."""

    operation: str
    customer_id: str
    blockers: tuple[Blocker, ...]
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    """``look`` answers it; ``required`` and ``optional`` targets are given by name, the latter with a default.

    ``dead_too``: of tombstones as well. ``follows_merges``: the id of a customer that was merged into another is that
    one's where the site says so.
    """

    look: Callable[[BillingSite, Customer, Targets], Outlook]
    required: tuple[str, ...] = ()
    optional: Mapping[str, Any] | None = None
    dead_too: bool = False
    follows_merges: bool = True


def impact_of(site: BillingSite, public_id: str, operation: str, **targets: Any) -> Impact:
    """What ``operation`` would do to the live customer with this id or former id; ``erase`` to a tombstone, too.

    ``delete`` takes ``cancels_subscriptions`` (false; true asks as Chargebee's deletion does, which cancels them first)
    and ``delete_payment_method`` (true). ``link`` takes ``parent_id``, and may take ``payment_owner_id`` and
    ``invoice_owner_id``; ``merge`` takes ``to_customer_id``; ``erase``, ``unlink`` and ``move`` (to another site) take
    nothing. Its first blocker says what the operation would refuse with.

    Raises :class:`NotFound` for the customer, :class:`InvalidInput` for the operation and a missing target. The number
    of queries does not depend on how much the customer has.
    """
    question = _QUESTIONS.get(operation)
    if question is None:
        raise InvalidInput([Issue("operation", "Must be one of " + ", ".join(_QUESTIONS) + ".")])
    said = {**(question.optional or {}), **{name: value for name, value in targets.items() if value is not None}}
    missing = [Issue(name, "Is required.") for name in question.required if said.get(name) in (None, "")]
    if missing:
        raise InvalidInput(missing)
    customer = _find(site, public_id, question)
    blockers, effects = question.look(site, customer, said)
    return Impact(operation, customer.public_id, tuple(blockers), tuple(effects))


def _find(site: BillingSite, public_id: str, question: _Question) -> Customer:
    if question.dead_too:
        return locks.find_dead_or_alive(site, public_id)
    pk = locks.pks_named(site, [public_id], follows_merges=question.follows_merges).get(public_id)
    customers = Customer.objects.using(locks.database()).for_site(site).live()
    customer = customers.filter(pk=pk).first() if pk else None
    if customer is None:
        raise NotFound("There is no such customer.")
    return customer


def _delete(site: BillingSite, customer: Customer, targets: Targets) -> Outlook:
    return ends.deletion_speaks_against(site, customer, targets), ends.effects_of_deletion(site, customer, targets)


def _erase(site: BillingSite, customer: Customer, _targets: Targets) -> Outlook:
    return ends.erasure_speaks_against(site, customer), ends.effects_of_erasure(site, customer)


def _link(site: BillingSite, customer: Customer, targets: Targets) -> Outlook:
    outlook = trees.look_at_link(site, customer, targets)
    return outlook.blockers, trees.effects_of_link(site, customer, outlook)


def _unlink(site: BillingSite, customer: Customer, _targets: Targets) -> Outlook:
    outlook = trees.look_at_unlink(site, customer)
    return outlook.blockers, trees.effects_of_unlink(customer, outlook)


def _merge(site: BillingSite, customer: Customer, targets: Targets) -> Outlook:
    return moves.merge_speaks_against(site, customer, targets), moves.effects_of_merge(site, customer, targets)


def _move(site: BillingSite, customer: Customer, _targets: Targets) -> Outlook:
    return moves.move_speaks_against(site, customer), moves.effects_of_move(site, customer)


_QUESTIONS: dict[str, _Question] = {
    "delete": _Question(
        _delete, optional={"cancels_subscriptions": False, "delete_payment_method": True}, follows_merges=False
    ),
    "erase": _Question(_erase, dead_too=True),
    "link": _Question(_link, ("parent_id",), {"payment_owner_id": None, "invoice_owner_id": None}),
    "unlink": _Question(_unlink),
    "merge": _Question(_merge, ("to_customer_id",)),
    "move": _Question(_move),
}
# Every operation that can be asked about.
OPERATIONS = tuple(_QUESTIONS)
