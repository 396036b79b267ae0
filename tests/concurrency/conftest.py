from __future__ import annotations

import pytest

# Whose tables are emptied after each test. All tables, and the permissions made anew, take longer than the test.
APPS = ["billing_customers", "tests.hostapp"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies in this folder runs threads: it needs commits that other connections see."""
    for item in items:
        if "tests/concurrency/" in item.nodeid:
            item.add_marker(pytest.mark.concurrency)
            item.add_marker(pytest.mark.django_db(transaction=True, available_apps=APPS))
