"""The tests' settings for processes that send webhooks to this machine."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES as OURS

# By which PostgreSQL tells them from the tests themselves.
PROCESS_NAME = "tests.faults"

_OPTIONS = {**OURS["default"].get("OPTIONS", {}), "application_name": PROCESS_NAME}
DATABASES = {"default": {**OURS["default"], "OPTIONS": _OPTIONS}}

BILLING_CUSTOMERS = {
    "WEBHOOK_ALLOW_PRIVATE_NETWORKS": True,
    "WORK_ENGINE": os.environ.get("WORK_ENGINE", "worker"),
}
