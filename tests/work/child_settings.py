"""The settings of processes that work on the database of the test that started them."""

import json
import os
from typing import Any

from tests.settings import *  # noqa: F403

BILLING_CUSTOMERS: dict[str, Any] = json.loads(os.environ["TEST_BILLING_CUSTOMERS"])
SILENCED_SYSTEM_CHECKS = ["billing_customers.W003"]

if "TEST_TASKS" in os.environ:
    TASKS: dict[str, Any] = json.loads(os.environ["TEST_TASKS"])
    INSTALLED_APPS = [*INSTALLED_APPS, "django_tasks_db"]  # noqa: F405
