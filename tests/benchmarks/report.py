"""Results as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import connection

from tests.benchmarks.growth import Depth, Found
from tests.benchmarks.inproc import Result


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0].split()[0]
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": server,
        **{name: version(name) for name in ("django", "djangorestframework", "psycopg", "orjson")},
    }


def write_json(path: Path, results: dict[str, Any]) -> None:
    path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def show_results(results: Sequence[Result]) -> None:
    head = ("request", "dialect", "ours", "plain DRF", "ratio", "bar", "goal", "slim DRF", "")
    _table(
        head,
        [
            (
                each.action,
                each.dialect,
                f"{each.ours_ms:.2f} ms",
                f"{each.plain_ms:.2f} ms",
                f"{each.ratio:.2f}",
                f"{each.bar}",
                f"{each.goal:.0f}",
                "" if each.slim_ratio is None else f"{each.slim_ratio:.2f}",
                _verdict(each.is_met),
            )
            for each in results
        ],
    )


def show_depth(depth: Depth) -> None:
    head = ("page of 100", "our CPU", "PostgreSQL", "buffers", "ratio", "bar", "")
    first, deep = (
        (f"{cost.cpu_ms:.2f} ms", f"{cost.database_ms:.2f} ms", f"{cost.buffers:.0f}")
        for cost in (depth.first, depth.deep)
    )
    bar = depth.as_json()["bar"]
    _table(
        head,
        [
            ("the first", *first, "", "", ""),
            (f"after {depth.skipped:,}", *deep, f"{depth.ratio:.2f}", f"{bar}", _verdict(depth.is_met)),
        ],
    )


def show_lookups(found: Sequence[Found]) -> None:
    head = ("look-up by", "PostgreSQL", "indexes", "")
    rows = [(each.name, f"{each.database_ms:.2f} ms", _named(each.indexes), _verdict(each.is_met)) for each in found]
    _table(head, rows)
    for each in found:
        for fault in each.faults:
            say(fault)


def _named(indexes: Sequence[str]) -> str:
    """The indexes of customers; of a search that looks everywhere at once, only how many."""
    ours = [name for name in indexes if name.startswith("bc_")]
    return ", ".join(ours) if len(ours) < 4 else f"{len(ours)} indexes"


def _verdict(is_met: bool) -> str:
    return "ok" if is_met else "MISSED"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    rule = ["-" * width for width in widths]
    for row in (head, rule, *rows):
        say("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
    say()
