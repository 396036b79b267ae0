"""Tables of money within a page: amounts stand at the end of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Column:
    label: str | Promise
    is_amount: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, nothing: str | Promise) -> str:
    """``rows`` of cells below ``columns``; ``nothing`` is said when there are no rows."""
    context = {"columns": columns, "rows": [list(zip(columns, row, strict=True)) for row in rows], "nothing": nothing}
    return render_to_string("admin/billing_customers/money_table.html", context)
