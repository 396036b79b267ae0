"""The bars of the benchmarks can be missed, and one that is missed ends the run with 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.bars import BARE, BARS, BOUND, CELERY, GOALS, MERGE_RATIO, PACES, RECORDING_SHARE
from tests.benchmarks.claiming import Claiming, Cost
from tests.benchmarks.collecting import Collecting
from tests.benchmarks.delivering import Pace
from tests.benchmarks.growth import Depth, Found, PageCost
from tests.benchmarks.hierarchy import Hierarchy
from tests.benchmarks.hot_balance import HotBalance
from tests.benchmarks.inproc import Result
from tests.benchmarks.merging import Merging
from tests.benchmarks.recording import Recording


def _result(ratio: float) -> Result:
    return Result(
        action="create", dialect="CHING", ours_ms=1.0, plain_ms=ratio, ratio=ratio, slim_ratio=None, bar=1.8, goal=4.0
    )


def _depth(cpu_ms: float, database_ms: float) -> Depth:
    return Depth(900_000, PageCost(4.0, 1.0, 200), PageCost(cpu_ms, database_ms, 200))


def _recording(share: float) -> Recording:
    return Recording("CHING", without_ms=3.0, untold_ms=3.5, told_ms=4.0, share=share, bar=RECORDING_SHARE)


def _pace(other: str, ratio: float) -> Pace:
    return Pace(other, ours_per_second=900.0, other_per_second=900 / ratio, ratio=ratio, lowest=ratio, highest=ratio)


def _claiming(ratio: float, faults: Sequence[str] = ()) -> Claiming:
    cost = Cost(database_ms=1.0, buffers=100, cpu_ms=2.0)
    return Claiming(1_000_000, cost, cost, ratio=ratio, indexes=["bc_lane_ready"], faults=list(faults))


@pytest.mark.parametrize(("ratio", "is_met"), [(1.79, False), (1.8, True)])
def test_a_ratio_below_its_bar_is_a_miss(ratio: float, is_met: bool) -> None:
    assert _result(ratio).is_met is is_met


@pytest.mark.parametrize(("cpu_ms", "database_ms", "is_met"), [(4.0, 2.0, True), (4.0, 2.1, False), (5.1, 1.0, False)])
def test_a_deep_page_that_costs_more_is_a_miss_wherever_it_does(
    cpu_ms: float, database_ms: float, is_met: bool
) -> None:
    assert _depth(cpu_ms, database_ms).is_met is is_met


@pytest.mark.parametrize(("faults", "is_met"), [([], True), (["It reads the whole table."], False)])
def test_a_look_up_with_a_fault_is_a_miss(faults: list[str], is_met: bool) -> None:
    assert Found("id", ["bc_customer_public_id"], 0.1, faults).is_met is is_met


@pytest.mark.parametrize(("ratio", "is_met"), [(5.0, True), (5.01, False)])
def test_payment_that_costs_too_many_updates_is_a_miss(ratio: float, is_met: bool) -> None:
    assert Collecting(collect_ms=ratio, update_ms=1.0, ratio=ratio).is_met is is_met


@pytest.mark.parametrize(("ratio", "is_met"), [(0.5, True), (0.49, False)])
def test_a_hot_balance_that_moves_too_slowly_is_a_miss(ratio: float, is_met: bool) -> None:
    result = HotBalance(
        threads=32,
        bare_per_second=1.0,
        move_per_second=ratio,
        operation_per_second=0.1,
        ratio=ratio,
        operation_ratio=0.1,
    )
    assert result.is_met is is_met


@pytest.mark.parametrize(("ratio", "queries", "is_met"), [(3.0, 2, True), (3.01, 2, False), (1.0, 3, False)])
def test_hierarchy_that_takes_too_long_or_too_many_queries_is_a_miss(ratio: float, queries: int, is_met: bool) -> None:
    measured = Hierarchy(11_000, scan_ms=1.0, whole_ms=ratio, recursive_ms=3.0, ratio=ratio, queries=queries)
    assert measured.is_met is is_met


@pytest.mark.parametrize(
    ("ratio", "has_grown", "is_met"), [(3.0, False, True), (3.01, False, False), (1.0, True, False)]
)
def test_merge_that_takes_too_long_or_more_statements_for_more_rows_is_a_miss(
    ratio: float, has_grown: bool, is_met: bool
) -> None:
    measured = Merging(
        "merge",
        rows=100_000,
        ours_ms=ratio,
        bare_ms=1.0,
        ratio=ratio,
        statements=50,
        has_grown=has_grown,
        bar=MERGE_RATIO,
    )
    assert measured.is_met is is_met


@pytest.mark.parametrize(("share", "is_met"), [(0.25, True), (0.26, False)])
def test_an_event_that_takes_more_of_its_create_is_a_miss(share: float, is_met: bool) -> None:
    assert _recording(share).is_met is is_met


@pytest.mark.parametrize(
    ("other", "ratio", "is_met"),
    [
        (BARE, 0.9, True),
        (BARE, 0.89, False),
        (CELERY, 3.0, True),
        (CELERY, 2.99, False),
        (BOUND, 0.75, True),
        (BOUND, 0.74, False),
    ],
)
def test_a_worker_slower_than_its_bar_is_a_miss(other: str, ratio: float, is_met: bool) -> None:
    assert _pace(other, ratio).is_met is is_met


@pytest.mark.parametrize(
    ("ratio", "faults", "is_met"), [(1.5, [], True), (1.51, [], False), (1.0, ["Claiming reads a table."], False)]
)
def test_a_claim_that_grows_or_reads_a_table_is_a_miss(ratio: float, faults: list[str], is_met: bool) -> None:
    assert _claiming(ratio, faults).is_met is is_met


def test_each_request_with_a_bar_has_a_goal_beyond_it() -> None:
    assert {action: GOALS[action] > bar for action, bar in BARS.items()} == dict.fromkeys(BARS, True)


def test_every_pace_has_a_bar() -> None:
    assert list(PACES) == [BARE, CELERY, BOUND]


def test_a_run_that_meets_its_bars_ends_with_0(tmp_path: Path) -> None:
    assert report.finish(tmp_path / "results.json", {}, {"inproc": [_result(1.8)], "webhooks": [_recording(0.2)]}) == 0


def test_a_run_that_misses_a_bar_ends_with_1_and_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured = {"inproc": [_result(1.8)], "webhooks": [_recording(0.2), _pace(CELERY, 2.9), _claiming(1.6)]}

    assert report.finish(tmp_path / "results.json", {}, measured) == 1

    missed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("MISSED")]
    assert missed == [
        "MISSED: pace next to Celery, a task for each event",
        "MISSED: claiming among 1,000,000 delivered events",
    ]


def test_the_results_are_kept_by_mode(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    report.finish(path, {"cores": 2}, {"webhooks": [_pace(BARE, 0.95)]})
    assert json.loads(path.read_text("utf-8")) == {
        "machine": {"cores": 2},
        "webhooks": [
            {
                "name": "pace next to bare requests",
                "other": "bare requests",
                "ours_per_second": 900.0,
                "other_per_second": 900 / 0.95,
                "ratio": 0.95,
                "lowest": 0.95,
                "highest": 0.95,
                "bar": 0.9,
                "is_met": True,
            }
        ],
    }
