"""The differences from the contracts' samples that are there on purpose, each with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from billing_customers.conformance.cases import Case, Dialect
from billing_customers.conformance.compare import Difference, Kind


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer that a request gets instead of the page's sample."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Known:
    """A kept difference in one or more cases: the value ``ours`` at the path ``at``, or a refusal of the whole."""

    dialect: Dialect
    cases: tuple[str, ...]
    reason: str
    at: str = ""
    kind: Kind | None = None
    ours: Any = None
    refusal: Refusal | None = None

    def concerns(self, case: Case) -> bool:
        return self.dialect is case.dialect and case.name in self.cases

    def explains(self, difference: Difference) -> bool:
        """Whether it is this difference, down to the value."""
        return (self.at, self.kind, self.ours) == (difference.at, difference.kind, difference.found)


@cache
def all_known() -> tuple[Known, ...]:
    """The kept list."""
    items = json.loads((files(__package__) / "known_differences.json").read_text("utf-8"))
    return tuple(_read(item) for item in items)


def known_in(case: Case, known: Iterable[Known]) -> list[Known]:
    """The entries of ``known`` that are about this case."""
    return [entry for entry in known if entry.concerns(case)]


def _read(item: dict[str, Any]) -> Known:
    refusal = item.get("refusal")
    return Known(
        dialect=Dialect(item["dialect"]),
        cases=tuple(item["cases"]),
        reason=item["reason"],
        at=item.get("at", ""),
        kind=Kind(item["kind"]) if "kind" in item else None,
        ours=item.get("ours"),
        refusal=Refusal(**refusal) if refusal else None,
    )
