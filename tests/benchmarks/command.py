"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import report
from tests.benchmarks.database import fresh_database
from tests.benchmarks.inproc import ROUNDS
from tests.benchmarks.modes import MODES, Extent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the modes asked for (all, if none is); return 1 if a bar was missed."""
    options = _parser().parse_args(arguments)
    extent = Extent(rows=options.rows, rounds=options.rounds, events=options.events)
    machine: dict[str, Any] = {}
    measured: dict[str, list[report.Measured]] = {}
    for mode in options.modes or MODES:
        for part in MODES[mode]:
            with fresh_database():
                machine = report.machine()
                measured.setdefault(mode, []).extend(part(extent))
    return report.finish(options.json, machine, measured)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Speed next to a plain DRF project, growth, and webhooks next to requests and Celery.",
    )
    modes = f"{', '.join(MODES)}; all of them without one"
    parser.add_argument("modes", nargs="*", choices=[*MODES, []], metavar="MODE", help=modes)
    rows = "customers for growth, delivered events for webhooks (default %(default)s)"
    parser.add_argument("--rows", type=int, default=1_000_000, help=rows)
    rounds = "rounds of inproc and webhooks (default %(default)s)"
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=rounds)
    parser.add_argument("--events", type=int, default=5_000, help="events sent in a round (default %(default)s)")
    parser.add_argument("--json", type=Path, default=Path("bench-results.json"), help="where to write the results")
    return parser
