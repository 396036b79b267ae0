"""A neighbour that is one model of the host's, declared in the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, router

from billing_customers.neighbors.base import Blocker, Manifest, Neighbor, Operation, Summary

if TYPE_CHECKING:
    from billing_customers.models import BillingSite, Customer

LIVE = frozenset({"active", "trialing", "past_due"})
MAX_IDS = 10
_AT_ONCE = 500


class RowsCameIn(Exception):
    """Whoever writes rows does not lock their customer: nothing was changed, and it is to be tried again."""


class ModelNeighbor(Neighbor):
    """``ModelNeighbor("shop.Subscription", kind="subscription", status_field="state", status_map={"on": "active"})``.

    ``model`` is ``app_label.Model``; ``customer_field`` its foreign key to the customer. ``status_map`` turns values of
    ``status_field`` into CHING's statuses; what it does not name stands for itself. A row whose status is one of
    ``live`` (``active``, ``trialing`` and ``past_due``, unless it says otherwise) is live, and one without a
    ``status_field`` always is. Live rows block the operations of ``blocks``, with ``message`` and ``fix`` as the reason
    and the way out; subscriptions block deletion and erasure unless it says otherwise. ``pii`` are fields to blank when
    the customer is erased: null where they can be, else their default, else empty. ``id_field`` is what blockers name a
    row by. ``site_field`` is the row's own foreign key to the site, if it has one. ``locks_rows`` is false where the
    customer is locked by whoever writes a row.
    """

    def __init__(
        self,
        model: str,
        *,
        kind: str = "other",
        label: str = "",
        customer_field: str = "customer",
        status_field: str | None = None,
        status_map: Mapping[str, str] | None = None,
        live: Iterable[str] = LIVE,
        blocks: Iterable[str] | None = None,
        message: str = "",
        fix: str = "",
        pii: Iterable[str] = (),
        id_field: str = "pk",
        site_field: str | None = None,
        locks_rows: bool = True,
    ) -> None:
        self.model_label = model
        self.kind = kind
        self.label = label or model
        self.customer_field = customer_field
        self.status_field = status_field
        self.status_map = dict(status_map or {})
        self.live = frozenset(live)
        default = (Operation.DELETE, Operation.ERASE) if kind == "subscription" else ()
        self.blocks = frozenset(Operation(each) for each in (default if blocks is None else blocks))
        self.message = message or f"The customer has a {kind} that is {_listed(self.live)}."
        self.fix = fix or f"End the {kind} first."
        self.pii = tuple(pii)
        self.id_field = id_field
        self.site_field = site_field
        self.locks_rows = locks_rows

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.model_label)

    @property
    def covers(self) -> frozenset[tuple[str, str]]:
        return frozenset({(self.model_label.lower(), self.customer_field)})

    def faults(self) -> list[str]:
        """What is wrong with the declaration, as sentences. To be asked once the apps are ready."""
        try:
            model = self.model
        except (LookupError, ValueError):
            return [f"There is no model {self.model_label}."]
        # Model._meta is public in all but name.
        meta = model._meta  # noqa: SLF001
        found = []
        for name in (self.customer_field, self.status_field, *self.pii, self.id_field, self.site_field):
            if name is None or name == "pk":
                continue
            try:
                meta.get_field(name)
            except FieldDoesNotExist:
                found.append(f"{self.model_label} has no field {name}.")
        if found:
            return found
        if meta.get_field(self.customer_field).related_model is not _customer_model():
            found.append(f"{self.model_label}.{self.customer_field} is no foreign key to a customer.")
        for name in self.pii:
            field: Any = meta.get_field(name)
            if not (field.null or field.has_default() or field.empty_strings_allowed):
                found.append(f"{self.model_label}.{name} cannot be blanked: it is not null, and has no default.")
        return found

    def summary(self, site: BillingSite, customer: Customer) -> Summary:
        rows = self._rows(customer)
        if self.status_field is None:
            total = rows.count()
            return Summary(self.kind, self.label, total, total)
        counted = rows.values_list(self.status_field).annotate(count=models.Count("pk")).order_by()
        by_status: Counter[str] = Counter()
        for status, count in counted:
            by_status[self._canonical(status)] += count
        live = sum(count for status, count in by_status.items() if status in self.live)
        return Summary(self.kind, self.label, by_status.total(), live, dict(by_status))

    def lock(self, site: BillingSite, customer: Customer) -> None:
        if not self.blocks or not self.locks_rows:
            return
        # Read, so that the locks are taken.
        list(self._rows(customer).select_for_update().order_by("pk").values_list("pk"))

    def blockers(self, site: BillingSite, customer: Customer, operation: Operation) -> list[Blocker]:
        if operation not in self.blocks:
            return []
        ids = tuple(str(each) for each in self._live(customer).values_list(self.id_field, flat=True)[:MAX_IDS])
        if not ids:
            return []
        code = "active_subscription" if self.kind == "subscription" else f"live_{self.kind}"
        return [Blocker(code, self.message, ids, self.fix)]

    def reassign(self, site: BillingSite, source: Customer, target: Customer, *, at: datetime) -> Manifest:
        rows = self._rows(source)
        pks = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
        if rows.update(**{self.customer_field: target}) != len(pks):
            # One that was written meanwhile; undoing would not know of it.
            raise RowsCameIn(f"Rows of {self.model_label} came in while the customer was merged.")
        return {"model": self.model_label, "from": source.pk, "to": target.pk, "rows": [_plain(pk) for pk in pks]}

    def revert(self, site: BillingSite, manifest: Manifest, *, at: datetime) -> list[str]:
        owner, lost = f"{self.customer_field}_id", []
        for start in range(0, len(manifest["rows"]), _AT_ONCE):
            some = manifest["rows"][start : start + _AT_ONCE]
            moved = self._all(site).filter(pk__in=some, **{owner: manifest["to"]})
            still = {str(pk) for pk in moved.select_for_update().values_list("pk", flat=True)}
            moved.update(**{owner: manifest["from"]})
            lost += [str(pk) for pk in some if str(pk) not in still]
        return lost

    def erase(self, site: BillingSite, customer: Customer, *, at: datetime) -> int:
        rows = self._rows(customer)
        if not self.pii:
            return rows.count()
        meta = self.model._meta  # noqa: SLF001
        blank = {}
        for name in self.pii:
            field: Any = meta.get_field(name)
            blank[name] = None if field.null else field.get_default() if field.has_default() else ""
        return rows.update(**blank)

    def export(self, site: BillingSite, customer: Customer) -> list[dict[str, Any]]:
        return [{name: _plain(value) for name, value in row.items()} for row in self._rows(customer).values()]

    def _rows(self, customer: Customer) -> models.QuerySet[Any]:
        return self._all(customer.site_id).filter(**{self.customer_field: customer})

    def _all(self, site: BillingSite | int) -> models.QuerySet[Any]:
        # What is decided on is read where it is written, whatever replicas the host has.
        rows = self.model._base_manager.using(router.db_for_write(self.model))  # noqa: SLF001
        return rows.all() if self.site_field is None else rows.filter(**{self.site_field: site})

    def _live(self, customer: Customer) -> models.QuerySet[Any]:
        rows = self._rows(customer).order_by("pk")
        if self.status_field is None:
            return rows
        named = {given for given, meant in self.status_map.items() if meant in self.live}
        themselves = self.live - self.status_map.keys()
        return rows.filter(**{f"{self.status_field}__in": sorted(named | themselves)})

    def _canonical(self, status: Any) -> str:
        return self.status_map.get(status, str(status))


def _listed(statuses: Iterable[str]) -> str:
    """``active, past due or trialing``."""
    *others, last = sorted(status.replace("_", " ") for status in statuses)
    return f"{', '.join(others)} or {last}" if others else last


def _customer_model() -> type[models.Model]:
    return apps.get_model("billing_customers.Customer")


def _plain(value: Any) -> Any:
    """As JSON has it: numbers, texts, true, false, null; anything else as Django writes it."""
    if value is None or isinstance(value, bool | int | float | str | dict | list):
        return value
    try:
        return DjangoJSONEncoder().default(value)
    except TypeError:
        return str(value)
