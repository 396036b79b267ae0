"""Where a customer stands in its hierarchy, on its page: a picture, and who is invoiced and who pays.

It costs no query where nobody is above or below the customer, and four at most, however large the hierarchy is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.cells import badge, link, ltr
from billing_customers.admin.filters import PARENT_PARAMETER
from billing_customers.admin.hierarchy_pages import CHANGE
from billing_customers.models import Customer
from billing_customers.queries import tree_rows
from billing_customers.queries.owners import Owners, owners_of
from billing_customers.queries.tree_rows import TreeRow

# Children in the picture; the list of all is a link away.
SHOWN = 10
_NAME = ("name", "first_name", "last_name", "company", "email")


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """What the template shows. ``tree`` is an item of a list, with lists within; it and ``owners`` are empty where the
    customer is in no hierarchy.
    """

    tree: str
    owners: Sequence[tuple[str | Promise, str]]
    links: Sequence[tuple[str, str | Promise]]


class HierarchySection:
    """What stands above and below ``customer``, and what the user of ``request`` may do about it."""

    def __init__(self, request: HttpRequest, customer: Customer, site_name: str) -> None:
        self.request = request
        self.customer = customer
        self.site_name = site_name
        self.people: dict[int, Customer] = {}

    def shown(self) -> Hierarchy:
        customer = self.customer
        if not customer.has_parent and not customer.child_count:
            return Hierarchy("", [], self._links())
        above = tree_rows.above(customer.site, customer.pk) if customer.has_parent else []
        below = tree_rows.children(customer.site, customer.pk, limit=SHOWN) if customer.child_count else []
        owners = owners_of(customer.site, customer)
        self._read_names([*above, *below], owners)
        said = [
            (_("Invoices are owned by"), self._owner(owners.invoice_owner)),
            (_("Invoices are paid by"), self._owner(owners.payment_owner)),
        ]
        return Hierarchy(self._tree(above, below, owners), said, self._links())

    def _read_names(self, rows: Iterable[TreeRow], owners: Owners) -> None:
        wanted = {pk for row in rows for pk in (row[1], *row[3:])} | {owners.invoice_owner, owners.payment_owner}
        columns = ("public_id", "child_count", *_NAME)
        customers = Customer.objects.for_site(self.customer.site).filter(pk__in=wanted - {self.customer.pk})
        self.people = {each.pk: each for each in customers.only(*columns)} | {self.customer.pk: self.customer}

    def _tree(self, above: Sequence[TreeRow], below: Sequence[TreeRow], owners: Owners) -> str:
        """Each branch within the one above it, the root outside."""
        rest = self.customer.child_count - len(below)
        children: list[str] = [_branch(self._child(row)) for row in below]
        if rest > 0:
            more = ngettext("and %(count)d more", "and %(count)d more", rest) % {"count": rest}
            shown = '<span class="bc-node bc-more"><a href="{}">{}</a></span>'
            children.append(_branch(format_html(shown, self._children_url(), more)))
        upwards = (self.customer.pk, *(row[3] for row in above))
        return reduce(lambda inside, pk: _branch(self._on_path(pk, owners), inside), upwards, _joined(children))

    def _on_path(self, pk: int, owners: Owners) -> str:
        roles = [(owners.invoice_owner, _("is invoiced")), (owners.payment_owner, _("pays"))]
        marks = [badge(label, "good") for owner, label in roles if owner == pk]
        return self._node(pk, format_html_join(" ", "{}", ((mark,) for mark in marks)))

    def _child(self, row: TreeRow) -> str:
        _id, child, _public_id, _parent, payment_owner, invoice_owner = row
        roles = [(invoice_owner, gettext("invoiced to")), (payment_owner, gettext("paid by"))]
        facts: list[str] = [
            format_html("{} {}", label, ltr(self.people[owner].public_id)) for owner, label in roles if owner != child
        ]
        count = self.people[child].child_count
        if count:
            facts.append(ngettext("%(count)d child", "%(count)d children", count) % {"count": count})
        return self._node(child, format_html_join(" · ", '<bdi class="bc-note">{}</bdi>', ((fact,) for fact in facts)))

    def _node(self, pk: int, facts: str) -> str:
        customer = self.people[pk]
        name = customer.display_name
        called = format_html(" <bdi>{}</bdi>", name) if name != customer.public_id else ""
        if pk == self.customer.pk:
            told = format_html('<strong aria-current="page">{}</strong>{}', ltr(customer.public_id), called)
            return format_html('<span class="bc-node bc-here">{} {}</span>', told, facts)
        url = self._url("change", pk)
        return format_html('<span class="bc-node">{}{} {}</span>', link(url, customer.public_id), called, facts)

    def _owner(self, pk: int) -> str:
        if pk == self.customer.pk:
            return gettext("the customer itself")
        return link(self._url("change", pk), self.people[pk].public_id)

    def _links(self) -> list[tuple[str, str | Promise]]:
        customer = self.customer
        links: list[tuple[str, str | Promise]] = []
        if customer.child_count:
            links.append((self._children_url(), _("All children")))
        if customer.is_live and self.request.user.has_perm(CHANGE):
            deed, label = ("unlink", _("Unlink…")) if customer.has_parent else ("link", _("Link to a parent…"))
            links.append((self._url(deed, customer.pk), label))
            if customer.has_parent:
                links.append((self._url("access", customer.pk), _("Access settings…")))
        return links

    def _children_url(self) -> str:
        return f"{self._url('changelist')}?{PARENT_PARAMETER}={self.customer.pk}"

    def _url(self, page: str, *args: int) -> str:
        return reverse(f"{self.site_name}:billing_customers_customer_{page}", args=args)


def _branch(node: str, inside: str = "") -> str:
    return format_html("<li>{}<ul>{}</ul></li>", node, inside) if inside else format_html("<li>{}</li>", node)


def _joined(branches: Iterable[str]) -> str:
    return format_html_join("", "{}", ((branch,) for branch in branches))
