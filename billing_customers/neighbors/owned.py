"""Our own tables, as neighbours: their rows have a version, which rises when they get another customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.db.models.functions import Greatest

from billing_customers.neighbors.base import Manifest
from billing_customers.neighbors.model_neighbor import ModelNeighbor

if TYPE_CHECKING:
    from billing_customers.models import BillingSite, Customer

_AT_ONCE = 500


class OwnedNeighbor(ModelNeighbor):
    """Rows with ``public_id``, ``updated_at`` and ``resource_version``. Whoever writes one locks its customer first."""

    def __init__(self, model: str, **declared: Any) -> None:
        super().__init__(model, id_field="public_id", site_field="site", locks_rows=False, **declared)

    def reassign(self, site: BillingSite, source: Customer, target: Customer, *, at: datetime) -> Manifest:
        """Two statements, however many rows there are."""
        rows = self._rows(source)
        pks = list(rows.order_by("pk").values_list("pk", flat=True))
        if pks:
            rows.update(customer=target, **_touched(at))
        return {"model": self.model_label, "from": source.pk, "to": target.pk, "at": at.isoformat(), "rows": runs(pks)}

    def revert(self, site: BillingSite, manifest: Manifest, *, at: datetime) -> list[str]:
        """Give back each row that is as it was left; return the public ids of those that have changed since.

        Two statements, however many rows there are, as long as none has changed.
        """
        moved = set(_pks(manifest["rows"]))
        if not moved:
            return []
        left = self._all(site).filter(customer_id=manifest["to"], updated_at=datetime.fromisoformat(manifest["at"]))
        found = set(left.values_list("pk", flat=True))
        # Anything else was the other customer's own, and was written in the same microsecond.
        parts = [left] if found <= moved else [left.filter(pk__in=some) for some in _chunks(found & moved)]
        for part in parts:
            part.update(customer_id=manifest["from"], **_touched(at))
        changed: list[str] = []
        for some in _chunks(moved - found):
            rest = self._all(site).filter(pk__in=some).exclude(customer_id=manifest["from"])
            changed += rest.order_by("pk").values_list("public_id", flat=True)
        return changed

    def public_ids(self, site: BillingSite, manifest: Manifest) -> list[str]:
        """What the rows of a manifest are called, those that are still where it has put them."""
        moved = set(_pks(manifest.get("rows", [])))
        if not moved:
            return []
        there = self._all(site).filter(customer_id=manifest["to"]).values_list("pk", "public_id")
        return [public_id for pk, public_id in there if pk in moved]


def runs(pks: Iterable[int]) -> list[list[int]]:
    """Ascending numbers as runs of neighbours, first and last: ``[1, 2, 3, 7]`` is ``[[1, 3], [7, 7]]``."""
    found: list[list[int]] = []
    for pk in pks:
        if found and pk == found[-1][1] + 1:
            found[-1][1] = pk
        else:
            found.append([pk, pk])
    return found


def count_of(manifest: Manifest) -> int:
    """How many rows a manifest of :meth:`OwnedNeighbor.reassign`, or of a ``ModelNeighbor``, has."""
    return sum(each[1] - each[0] + 1 if isinstance(each, list) else 1 for each in manifest.get("rows", ()))


def _touched(at: datetime) -> dict[str, Any]:
    # ``max(now in milliseconds, previous + 1)``, as for any other change.
    return {
        "updated_at": at,
        "resource_version": Greatest(int(at.timestamp() * 1000), F("resource_version") + 1),
    }


def _pks(found: Iterable[list[int]]) -> Iterator[int]:
    """The numbers of :func:`runs`, one by one."""
    for first, last in found:
        yield from range(first, last + 1)


def _chunks(pks: Collection[int]) -> Iterator[list[int]]:
    """Ascending, and no more at once than fit into a statement on any database."""
    ascending = sorted(pks)
    for start in range(0, len(ascending), _AT_ONCE):
        yield ascending[start : start + _AT_ONCE]
