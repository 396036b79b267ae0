"""How commands tell what an operation would do: what speaks against it and what would change, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from billing_customers.neighbors import Blocker
from billing_customers.queries.effects import Effect
from billing_customers.queries.impact import Impact


def lines_of(found: Impact) -> Iterator[str]:
    """What speaks against it first, each with what helps; then what would change, counted."""
    if found.blockers:
        yield f"{found.operation} of {found.customer_id} would be refused:"
        for blocker in found.blockers:
            yield from _of_blocker(blocker)
        if found.effects:
            yield "Once that is settled:"
    else:
        yield f"Nothing speaks against {found.operation} of {found.customer_id}:"
    for effect in found.effects:
        yield _of_effect(effect)


def _of_blocker(blocker: Blocker) -> Iterator[str]:
    yield f"  {blocker.code}: {blocker.message}{_listed(blocker.ids)}"
    if blocker.fix:
        yield f"    {blocker.fix}"


def _of_effect(effect: Effect) -> str:
    what = effect.amounts_text or str(effect.count)
    return f"  {effect.code} ({what}): {effect.message}{_listed(effect.ids)}"


def _listed(ids: tuple[str, ...]) -> str:
    return f" [{', '.join(ids)}]" if ids else ""
