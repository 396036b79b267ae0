"""``django.tasks`` or, before Django 6.0, its backport; and the backend that keeps its queue in the database."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any

from django.db import connection
from django.test import override_settings

from tests.work.children import Child, child
from tests.work.conftest import APPS

PACKAGE = "django.tasks" if find_spec("django.tasks") else "django_tasks"
IMMEDIATE, DUMMY = (
    {"default": {"BACKEND": f"{PACKAGE}.backends.{name}"}}
    for name in ("immediate.ImmediateBackend", "dummy.DummyBackend")
)
DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def queued() -> list[Any]:
    """The tasks that the dummy backend was given."""
    found: list[Any] = importlib.import_module(PACKAGE).default_task_backend.results
    return found


@contextmanager
def database_queue() -> Iterator[Any]:
    """The backend of django-tasks-db, with its table in the test database; the model of the table is what is given."""
    installed = ["django.contrib.auth", "django.contrib.contenttypes", *APPS, "django_tasks_db"]
    with override_settings(INSTALLED_APPS=installed, TASKS=DATABASE):
        model = importlib.import_module("django_tasks_db.models").DBTaskResult
        with connection.schema_editor() as editor:
            editor.create_model(model)
        try:
            yield model
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(model)


def database_worker(*faults: str) -> AbstractContextManager[Child]:
    """``db_worker`` on that queue, as :mod:`tests.work.db_worker` has it."""
    variables = {"TEST_TASKS": json.dumps(DATABASE)}
    return partial(child, variables=variables, WORK_ENGINE="tasks")("tests.work.db_worker", *faults)
