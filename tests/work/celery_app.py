"""The Celery app of a host, for ``celery -A tests.work.celery_app``; ``TEST_CELERY`` is its configuration (JSON).

It finds the tasks as any host's does, by the setting alone. ``TEST_CELERY_FAULTS`` names what is broken in its workers,
see :mod:`tests.faults.mortals`; when it is set at all, leases and delays are a fraction of a second.
"""

from __future__ import annotations

import json
import os
from typing import Any

from celery import Celery
from celery.signals import import_modules

app = Celery("tests")
app.conf.update(json.loads(os.environ["TEST_CELERY"]))


@import_modules.connect
def shorten_time(**_: Any) -> None:
    """In the worker, once the models are there, and before it forks."""
    faults = os.environ.get("TEST_CELERY_FAULTS")
    if faults is None:
        return
    from tests.faults import mortals  # noqa: PLC0415 - models need settings

    mortals.shorten_time()
    for fault in faults.split():
        mortals.FAULTS[fault]()
