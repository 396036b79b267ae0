"""What the page on engines tells hosts to set is what there is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from billing_customers.checks import check_settings
from billing_customers.work import celery as tasks
from tests import pages
from tests.pages import Snippet
from tests.shell.sources import CHECKOUT
from tests.work.brokers import host_app
from tests.work.queueing import DATABASE


def snippet(mark: str) -> dict[str, Any]:
    """The settings of the snippet with this mark."""
    found: list[Snippet] = [each for each in pages.snippets(CHECKOUT / "docs" / "engines.md") if each.mark == mark]
    settings: dict[str, Any] = {}
    exec(found[0].text, settings)
    return settings


def test_settings_for_celery_work(settings: Any) -> None:
    told = snippet("celery")
    settings.BILLING_CUSTOMERS = told["BILLING_CUSTOMERS"]

    with host_app({}) as app:
        app.config_from_object(SimpleNamespace(**told), namespace="CELERY")
        ours = {name for name in app.tasks if name.startswith("billing_customers.")}
        queues = {app.amqp.router.route({}, name)["queue"].name for name in ours}
        swept = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert check_settings() == []
    assert ours == {f"billing_customers.{task.__name__}" for task in (tasks.deliver, tasks.run_jobs, tasks.sweep)}
    assert (queues, swept) == ({"billing"}, {"billing_customers.sweep"})


def test_settings_for_tasks_work(settings: Any) -> None:
    told = snippet("tasks")
    settings.BILLING_CUSTOMERS, settings.TASKS = told["BILLING_CUSTOMERS"], told["TASKS"]

    assert check_settings() == []
    # With which the tests run db_worker.
    assert told["TASKS"] == DATABASE


@pytest.mark.parametrize("engine", ["worker", "celery", "tasks"])
def test_every_engine_is_told_of(engine: str) -> None:
    assert f'`"{engine}"`' in (CHECKOUT / "docs" / "engines.md").read_text("utf-8")
