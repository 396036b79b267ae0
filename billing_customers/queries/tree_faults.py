"""Proves the account hierarchies of a site: what must hold of them, whatever has been done.

One statement, so that it sees one moment and may be asked while others write. Nothing is locked and nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Q, Value

from billing_customers.models import BillingSite, Customer, Relationship

RULES = {
    "ring": "No customer is above itself, or below such a one.",
    "root": "The root of a customer is the top of its hierarchy.",
    "invoice_owner": "Who is invoiced is the customer itself or above it.",
    "payment_owner": "Who pays is the customer itself or above it.",
    "payer": "What another is invoiced for is paid by that one.",
    "parent_mark": "A customer is marked as a child exactly while it has a parent.",
    "child_count": "The number of children that a customer is marked with is how many it has.",
    "deleted": "A deleted customer is in no hierarchy.",
    "tree_site": "All customers of a hierarchy are of its site.",
}


@dataclass(frozen=True, slots=True)
class TreeFault:
    """A rule (a key of ``RULES``) that is broken, and the id of the customer that breaks it."""

    rule: str
    customer: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.customer}. {RULES[self.rule]}"

    def as_json(self) -> dict[str, Any]:
        """The same, as JSON values."""
        return {**asdict(self), "means": RULES[self.rule]}


class _Member(NamedTuple):
    """A customer, and what its row says of its place."""

    pk: int
    public_id: str
    site: int
    is_live: bool | None
    has_parent: bool
    child_count: int


class _Link(NamedTuple):
    """Where a child stands: primary keys of customers."""

    parent: int
    root: int
    invoice_owner: int
    payment_owner: int


_MEMBER = ("pk", "public_id", "site_id", "is_live", "has_parent", "child_count")
_LINK = ("parent_id", "root_id", "invoice_owner_id", "payment_owner_id")


def faults_of_trees(site: BillingSite) -> list[TreeFault]:
    """What is wrong with the hierarchies of the site, rule by rule; nothing is when all is well."""
    members, links = _read(site)
    found = [TreeFault(rule, members[child].public_id) for child in links for rule in _faults(child, links)]
    children = Counter(link.parent for link in links.values())
    for pk, member in members.items():
        broken = {
            "parent_mark": member.has_parent != (pk in links),
            "child_count": member.child_count != children[pk],
            "deleted": not member.is_live and (pk in links or pk in children),
            "tree_site": member.site != site.pk,
        }
        found += [TreeFault(rule, member.public_id) for rule, is_broken in broken.items() if is_broken]
    order = list(RULES)
    return sorted(found, key=lambda fault: (order.index(fault.rule), fault.customer))


def _read(site: BillingSite) -> tuple[dict[int, _Member], dict[int, _Link]]:
    """By primary key: who is in a hierarchy of the site or marked as if, and the links by their children."""
    nowhere = [Value(None, output_field=BigIntegerField())] * len(_LINK)
    rows = Relationship.objects.for_site(site).order_by()
    ends = [
        rows.values_list(*_of("child"), *_LINK),
        rows.values_list(*_of("parent"), *nowhere),
        Customer.objects.for_site(site)
        .filter(Q(has_parent=True) | Q(child_count__gt=0))
        .order_by()
        .values_list(*_MEMBER, *nowhere),
    ]
    members: dict[int, _Member] = {}
    links: dict[int, _Link] = {}
    for row in ends[0].union(*ends[1:], all=True):
        member = _Member(*row[: len(_MEMBER)])
        members[member.pk] = member
        if row[len(_MEMBER)] is not None:
            links[member.pk] = _Link(*row[len(_MEMBER) :])
    return members, links


def _of(end: str) -> list[str]:
    return [f"{end}__{column}" for column in _MEMBER]


def _faults(child: int, links: dict[int, _Link]) -> Iterator[str]:
    """The rules that the link of the child breaks."""
    link = links[child]
    above: dict[int, None] = {}
    pk = child
    while pk in links:
        pk = links[pk].parent
        if pk == child or pk in above:
            yield "ring"
            return
        above[pk] = None
    if link.root != pk:
        yield "root"
    if link.invoice_owner not in {child, *above}:
        yield "invoice_owner"
    if link.payment_owner not in {child, *above}:
        yield "payment_owner"
    if link.invoice_owner not in {child, link.payment_owner}:
        yield "payer"
