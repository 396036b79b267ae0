"""The tests' settings for processes that send webhooks to this machine."""

import os

from tests.settings import *  # noqa: F403

BILLING_CUSTOMERS = {
    "WEBHOOK_ALLOW_PRIVATE_NETWORKS": True,
    "WORK_ENGINE": os.environ.get("WORK_ENGINE", "worker"),
}
