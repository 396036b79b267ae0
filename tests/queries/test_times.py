"""Times are shown in whole seconds, stored in microseconds, and filtered as they are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from billing_customers.models import BillingSite
from tests.factories import CustomerFactory
from tests.queries.querying import ids

T = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICRO = timedelta(microseconds=1)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)

# What is shown as T: the whole second.
INSTANTS = {
    "before": T - MICRO,
    "start": T,
    "start+": T + MICRO,
    "end": T + SECOND - MICRO,
    "after": T + SECOND,
    "after+": T + SECOND + MICRO,
}
DAYS = {
    "yesterday": MIDNIGHT - MICRO,
    "morning": MIDNIGHT,
    "noon": T,
    "night": MIDNIGHT + DAY - MICRO,
    "tomorrow": MIDNIGHT + DAY,
}


def fill(site: BillingSite, column: str, instants: dict[str, datetime]) -> None:
    for public_id, instant in instants.items():
        CustomerFactory(site=site, public_id=public_id, **{column: instant})


@pytest.mark.parametrize("column", ["created_at", "updated_at"])
@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("after", T, ["after", "after+"]),
        ("after", T - SECOND, ["start", "start+", "end", "after", "after+"]),
        ("after", T + SECOND, []),
        ("before", T, ["before"]),
        ("before", T + SECOND, ["before", "start", "start+", "end"]),
        ("before", T - SECOND, []),
        ("between", (T, T), ["start", "start+", "end"]),
        ("between", (T, T + SECOND), ["start", "start+", "end", "after", "after+"]),
        ("between", (T - SECOND, T), ["before", "start", "start+", "end"]),
        ("between", (T + SECOND, T), []),
    ],
)
def test_time_is_filtered_by_the_second(
    site: BillingSite, column: str, operator: str, value: Any, expected: list[str]
) -> None:
    fill(site, column, INSTANTS)

    assert ids(site, (column, operator, value), sort=column) == expected


@pytest.mark.parametrize("column", ["created_at", "updated_at"])
@pytest.mark.parametrize("at", [MIDNIGHT, T, MIDNIGHT + DAY - SECOND])
def test_day_is_that_of_utc(site: BillingSite, column: str, at: datetime) -> None:
    fill(site, column, DAYS)

    assert ids(site, (column, "on", at), sort=column) == ["morning", "noon", "night"]


@pytest.mark.parametrize(("hours", "expected"), [(-12, ["tomorrow"]), (14, ["yesterday"])])
def test_day_of_another_zone_is_the_day_it_is_in_utc(site: BillingSite, hours: int, expected: list[str]) -> None:
    fill(site, "created_at", DAYS)
    midday = 20 if hours < 0 else 4
    there = datetime(2026, 3, 1, midday, tzinfo=timezone(timedelta(hours=hours)))

    assert ids(site, ("created_at", "on", there)) == expected


@pytest.mark.parametrize("year", [1970, 9998])
@pytest.mark.parametrize("operator", ["after", "before", "on", "between"])
def test_far_time_is_no_error(site: BillingSite, operator: str, year: int) -> None:
    fill(site, "created_at", {"now": T})
    far = datetime(year, 1, 1, tzinfo=UTC)

    found = ids(site, ("created_at", operator, (far, far) if operator == "between" else far))

    expected = {("after", 1970), ("before", 9998)}
    assert found == (["now"] if (operator, year) in expected else [])
