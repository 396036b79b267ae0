"""What every test may rely on: the right database, and no silent gap in a continuous integration run."""

import os
import socket
from typing import Any

import pytest
from django.conf import settings

pytest_plugins = ["tests.books", "tests.fixtures"]

_DEFAULT_PORTS = {"django.db.backends.postgresql": 5432, "django.db.backends.mysql": 3306}
# A test with several of them runs on each.
_DATABASE_MARKERS = {
    "postgres": "django.db.backends.postgresql",
    "mariadb": "django.db.backends.mysql",
    "sqlite": "django.db.backends.sqlite3",
}


def require(available: bool, what: str) -> None:
    """Skip the calling test when ``what`` is not ``available``; under ``CI=true`` fail it instead."""
    if available:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI=true forbids to skip.", pytrace=False)
    pytest.skip(f"{what} is missing.")


def answers(host: str, port: int) -> bool:
    """Whether something listens on the TCP port within a second."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of another database: the tox environment of that database runs them."""
    engine = settings.DATABASES["default"]["ENGINE"]
    foreign = [item for item in items if not _belongs_to(item, engine)]
    if foreign:
        config.hook.pytest_deselected(items=foreign)
        items[:] = [item for item in items if item not in set(foreign)]


def _belongs_to(item: pytest.Item, engine: str) -> bool:
    wanted = {_DATABASE_MARKERS[mark.name] for mark in item.iter_markers() if mark.name in _DATABASE_MARKERS}
    return not wanted or engine in wanted


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Before the test database is made: is its server there at all?"""
    database: dict[str, Any] = settings.DATABASES["default"]
    port = _DEFAULT_PORTS.get(database["ENGINE"])
    if port is None:
        return
    address = (database["HOST"] or "127.0.0.1", int(database["PORT"] or port))
    require(answers(*address), f"The database server at {address[0]}:{address[1]}")
