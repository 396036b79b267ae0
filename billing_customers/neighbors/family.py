"""What ties a customer to other customers: its place in a hierarchy, and money that is in the documents of both."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models, router

from billing_customers.neighbors.base import Blocker, Manifest, Neighbor, Operation, Summary
from billing_customers.neighbors.model_neighbor import MAX_IDS

if TYPE_CHECKING:
    from billing_customers.models import BillingSite, Customer


class Tie(Neighbor):
    """Rows that belong to more than one customer: none of them can be given away, and none holds personal data."""

    def summary(self, site: BillingSite, customer: Customer) -> Summary:
        total = self._rows(site, customer).count()
        return Summary(self.kind, self.label, total, total)

    def reassign(self, site: BillingSite, source: Customer, target: Customer, *, at: datetime) -> Manifest:
        return {}

    def revert(self, site: BillingSite, manifest: Manifest, *, at: datetime) -> list[str]:
        return []

    def erase(self, site: BillingSite, customer: Customer, *, at: datetime) -> int:
        return 0

    def export(self, site: BillingSite, customer: Customer) -> list[dict[str, Any]]:
        return []

    def _rows(self, site: BillingSite, customer: Customer) -> models.QuerySet[Any]:
        raise NotImplementedError


class HierarchyTie(Tie):
    """The customer's parent and children. Contract: "Delete a customer" takes neither a parent nor a child."""

    kind = "relationship"
    label = "account hierarchy"

    def blockers(self, site: BillingSite, customer: Customer, operation: Operation) -> list[Blocker]:
        is_member = customer.has_parent or customer.child_count
        if operation not in {Operation.DELETE, Operation.MERGE} or not is_member:
            return []
        relatives = self._rows(site, customer).order_by("pk")
        seen = list(relatives.values_list("child_id", "child__public_id", "parent__public_id")[: MAX_IDS + 1])
        parents = tuple(parent for child, _, parent in seen if child == customer.pk)
        children = tuple(name for child, name, _ in seen if child != customer.pk)[:MAX_IDS]
        found = []
        if parents:
            message = "The customer has a parent in an account hierarchy."
            found.append(Blocker("has_parent", message, parents, "Unlink it from its parent first."))
        if children:
            message = "The customer has children in an account hierarchy."
            found.append(Blocker("has_children", message, children, "Unlink its children first."))
        return found

    def _rows(self, site: BillingSite, customer: Customer) -> models.QuerySet[Any]:
        relationships = _rows_of("Relationship", site)
        return relationships.filter(models.Q(child=customer) | models.Q(parent=customer))


class SharedMoneyTie(Tie):
    """Invoices of the customer that another one has paid, and others' invoices that its credit notes were used for."""

    kind = "allocation"
    label = "money shared with other customers"

    def blockers(self, site: BillingSite, customer: Customer, operation: Operation) -> list[Blocker]:
        if operation != Operation.DELETE:
            return []
        found = []
        paid_by_others = _first(self._paid_by_others(site, customer), "invoice__public_id")
        credited_elsewhere = _first(self._credited_elsewhere(site, customer), "credit_note__public_id")
        if paid_by_others:
            message = "Another customer has paid invoices of this one."
            found.append(Blocker("invoice_paid_by_another", message, paid_by_others, "Keep the customer."))
        if credited_elsewhere:
            message = "Credit notes of the customer were used for invoices of another one."
            found.append(Blocker("credit_note_used_elsewhere", message, credited_elsewhere, "Keep the customer."))
        return found

    def _rows(self, site: BillingSite, customer: Customer) -> models.QuerySet[Any]:
        return self._paid_by_others(site, customer) | self._credited_elsewhere(site, customer)

    def _paid_by_others(self, site: BillingSite, customer: Customer) -> models.QuerySet[Any]:
        return _rows_of("Allocation", site).filter(
            ~models.Q(transaction__customer=customer),
            transaction__isnull=False,
            invoice__customer=customer,
            applied_at__isnull=False,
        )

    def _credited_elsewhere(self, site: BillingSite, customer: Customer) -> models.QuerySet[Any]:
        return _rows_of("Allocation", site).filter(
            ~models.Q(invoice__customer=customer), credit_note__customer=customer
        )


def _rows_of(model: str, site: BillingSite) -> models.QuerySet[Any]:
    """The site's rows, where they are written."""
    found = apps.get_model("billing_customers", model)
    rows: models.QuerySet[Any] = found._base_manager.using(router.db_for_write(found)).filter(site=site)  # noqa: SLF001
    return rows


def _first(rows: models.QuerySet[Any], column: str) -> tuple[str, ...]:
    ids: Iterable[str] = rows.order_by("pk").values_list(column, flat=True).distinct()[:MAX_IDS]
    return tuple(dict.fromkeys(ids))
