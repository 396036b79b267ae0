"""What must hold of every account hierarchy, whatever has been done to it."""

from __future__ import annotations

from collections.abc import Iterator

from billing_customers.models import BillingSite, Customer, Relationship


def faults_of_trees(site: BillingSite) -> list[str]:
    """What is wrong with the hierarchies of the site, as sentences; nothing is when all is well.

    No ring; each root is the top; owners are the customer itself or above it; both are of the site and live; the marks
    of customers tell the truth; no more than who is invoiced pays for a customer that is invoiced by way of another.
    """
    rows = {row.child_id: row for row in Relationship.objects.for_site(site)}
    found = [fault for row in rows.values() for fault in _faults(row, rows)]
    counts: dict[int, int] = {}
    for row in rows.values():
        counts[row.parent_id] = counts.get(row.parent_id, 0) + 1
    marked = Customer.objects.for_site(site).values_list("pk", "public_id", "is_live", "has_parent", "child_count")
    customers = {pk: marks for pk, *marks in marked}
    found += [f"A hierarchy has the customer {pk}, who is not of the site." for pk in {*rows, *counts} - set(customers)]
    for pk, (public_id, is_live, has_parent, child_count) in customers.items():
        if (has_parent, child_count) != (pk in rows, counts.get(pk, 0)):
            found.append(f"{public_id} is marked wrongly.")
        if not is_live and (pk in rows or pk in counts):
            found.append(f"{public_id} is deleted, and in a hierarchy.")
    return found


def _faults(row: Relationship, rows: dict[int, Relationship]) -> Iterator[str]:
    up: list[int] = []
    pk = row.child_id
    while pk in rows:
        pk = rows[pk].parent_id
        if pk in up or pk == row.child_id:
            yield f"The customer {row.child_id} is above itself, or below a ring."
            return
        up.append(pk)
    if row.root_id != up[-1]:
        yield f"The root of the customer {row.child_id} is not the top."
    for end in ("invoice_owner_id", "payment_owner_id"):
        if getattr(row, end) not in {row.child_id, *up}:
            yield f"The {end} of the customer {row.child_id} is not above it."
    if row.invoice_owner_id not in {row.child_id, row.payment_owner_id}:
        yield f"The customer {row.child_id} is paid for by another than its invoice owner."
