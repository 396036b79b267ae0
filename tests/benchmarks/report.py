"""Results as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from django.db import connection

from tests.benchmarks.claiming import Claiming
from tests.benchmarks.collecting import Collecting
from tests.benchmarks.delivering import Pace
from tests.benchmarks.growth import Depth, Found
from tests.benchmarks.hot_balance import HotBalance
from tests.benchmarks.inproc import Result
from tests.benchmarks.merging import Merging
from tests.benchmarks.recording import Recording


class Measured(Protocol):
    """A result that has a bar."""

    @property
    def name(self) -> str: ...

    @property
    def is_met(self) -> bool: ...

    def as_json(self) -> dict[str, Any]: ...


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


def finish(path: Path, machine: dict[str, Any], measured: Mapping[str, Sequence[Measured]]) -> int:
    """Write the results by mode as JSON and name the bars that were missed; return the exit status."""
    results = {mode: [{"name": each.name, **each.as_json()} for each in those] for mode, those in measured.items()}
    path.write_text(json.dumps({"machine": machine, **results}, indent=2) + "\n", encoding="utf-8")
    every = [each for those in measured.values() for each in those]
    missed = [each.name for each in every if not each.is_met]
    for name in missed:
        say(f"MISSED: {name}")
    say(f"{len(missed)} of {len(every)} bars missed; written to {path}.")
    return 1 if missed else 0


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


def show_recording(results: Sequence[Recording]) -> None:
    head = ("create by", "no event", "event, no endpoint", "event, one endpoint", "share", "bar", "")
    _table(
        head,
        [
            (
                each.way,
                f"{each.without_ms:.2f} ms",
                f"{each.untold_ms:.2f} ms",
                f"{each.told_ms:.2f} ms",
                f"{each.share:.0%}",
                "" if each.bar is None else f"{each.bar:.0%}",
                "" if each.bar is None else _verdict(each.is_met),
            )
            for each in results
        ],
    )


def show_paces(results: Sequence[Pace]) -> None:
    head = ("next to", "it", "our worker", "ratio", "from", "to", "bar", "")
    _table(
        head,
        [
            (
                each.other,
                f"{each.other_per_second:.0f}/s",
                f"{each.ours_per_second:.0f}/s",
                f"{each.ratio:.2f}",
                f"{each.lowest:.2f}",
                f"{each.highest:.2f}",
                f"{each.bar}",
                _verdict(each.is_met),
            )
            for each in results
        ],
    )


def show_claiming(result: Claiming) -> None:
    head = ("claim of 100 lanes", "PostgreSQL", "buffers", "our CPU", "ratio", "bar", "")
    little, much = (
        (f"{cost.database_ms:.2f} ms", f"{cost.buffers:.0f}", f"{cost.cpu_ms:.2f} ms")
        for cost in (result.empty, result.full)
    )
    bar = result.as_json()["bar"]
    _table(
        head,
        [
            ("nothing delivered", *little, "", "", ""),
            (f"{result.kept:,} delivered", *much, f"{result.ratio:.2f}", f"{bar}", _verdict(result.is_met)),
        ],
    )
    say(f"It takes {', '.join(result.indexes)}.")
    for fault in result.faults:
        say(fault)


def show_collecting(result: Collecting) -> None:
    head = ("request", "our CPU", "ratio", "bar", "")
    rows = [
        ("update", f"{result.update_ms:.2f} ms", "", "", ""),
        ("collect_payment", f"{result.collect_ms:.2f} ms", *_compared(result.ratio, result.bar, result.is_met)),
    ]
    _table(head, rows)


def show_hot_balance(result: HotBalance) -> None:
    head = (f"one balance, {result.threads} threads", "movements", "ratio", "bar", "")
    moved = _compared(result.ratio, result.bar, result.is_met)
    rows = [
        ("UPDATE and INSERT by the driver", f"{result.bare_per_second:.0f}/s", "", "", ""),
        ("ledger.move", f"{result.move_per_second:.0f}/s", *moved),
        ("a whole operation", f"{result.operation_per_second:.0f}/s", f"{result.operation_ratio:.2f}", "", ""),
    ]
    _table(head, rows)


def show_merging(results: Sequence[Merging]) -> None:
    head = ("what", "ours", "bare UPDATEs", "ratio", "bar", "statements", "")
    _table(
        head,
        [
            (
                each.name,
                f"{each.ours_ms:.0f} ms",
                f"{each.bare_ms:.0f} ms",
                f"{each.ratio:.2f}",
                f"{each.bar}",
                f"{each.statements}{', more than for fewer rows' if each.has_grown else ''}",
                _verdict(each.is_met),
            )
            for each in results
        ],
    )


def _compared(ratio: float, bar: float, is_met: bool) -> tuple[str, str, str]:
    return f"{ratio:.2f}", f"{bar}", _verdict(is_met)


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
