"""The bars of the benchmarks can be missed."""

from __future__ import annotations

import pytest

from tests.benchmarks.bars import BARS, GOALS
from tests.benchmarks.collecting import Collecting
from tests.benchmarks.growth import Depth, Found, PageCost
from tests.benchmarks.inproc import Result


def _result(ratio: float) -> Result:
    return Result(
        action="create", dialect="CHING", ours_ms=1.0, plain_ms=ratio, ratio=ratio, slim_ratio=None, bar=1.8, goal=4.0
    )


def _depth(cpu_ms: float, database_ms: float) -> Depth:
    return Depth(900_000, PageCost(4.0, 1.0, 200), PageCost(cpu_ms, database_ms, 200))


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


def test_each_request_with_a_bar_has_a_goal_beyond_it() -> None:
    assert {action: GOALS[action] > bar for action, bar in BARS.items()} == dict.fromkeys(BARS, True)
