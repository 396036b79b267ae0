"""One setting chooses the engine, and what is wrong with it is told at the start."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.checks import check_settings
from billing_customers.work import engines


@pytest.mark.parametrize(
    ("engine", "missing", "ids"),
    [
        ("worker", {"celery", "django.tasks", "django_tasks"}, []),
        ("celery", set(), []),
        ("celery", {"celery"}, ["billing_customers.E011"]),
        ("tasks", set(), ["billing_customers.W005"]),
        ("tasks", {"django.tasks", "django_tasks"}, ["billing_customers.E011"]),
        ("huey", set(), ["billing_customers.E010"]),
        (None, set(), ["billing_customers.E010"]),
    ],
)
def test_engine_that_cannot_be_is_told_at_the_start(
    settings: Any, monkeypatch: pytest.MonkeyPatch, engine: Any, missing: set[str], ids: list[str]
) -> None:
    settings.BILLING_CUSTOMERS = {"WORK_ENGINE": engine}
    monkeypatch.setattr("billing_customers.checks.find_spec", lambda name: None if name in missing else name)

    assert [each.id for each in check_settings()] == ids


@pytest.mark.parametrize("value", [None, [], {}, {"WORK_ENGINE": ["celery"]}, {"WORK_ENGINE": "tasks"}])
def test_app_starts_whatever_the_setting_is(settings: Any, value: Any) -> None:
    settings.BILLING_CUSTOMERS = value

    engines.register_tasks()


def test_app_starts_without_the_package_of_the_engine(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.BILLING_CUSTOMERS = {"WORK_ENGINE": "celery"}
    imported: list[str] = []
    monkeypatch.setattr("billing_customers.work.engines.importlib.import_module", imported.append)
    monkeypatch.setattr(engines, "find_spec", lambda name: None)

    engines.register_tasks()

    assert imported == []
