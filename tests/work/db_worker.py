"""The worker of django-tasks-db, with leases, delays and times between two sweeps of fractions of a second.

``python -m tests.work.db_worker [FAULT]``, where FAULT is one of :mod:`tests.faults.mortals`.
"""

from __future__ import annotations

import sys
from datetime import timedelta

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from billing_customers.work import tasks  # noqa: PLC0415 - models need settings
    from tests.faults import mortals  # noqa: PLC0415

    mortals.shorten_time()
    tasks.SWEEP_EVERY = timedelta(seconds=0.3)
    for fault in sys.argv[1:]:
        mortals.FAULTS[fault]()
    call_command("db_worker", interval=0.05, startup_delay=False, verbosity=0)


if __name__ == "__main__":
    main()
