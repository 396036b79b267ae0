"""A process that changes customers over HTTP and prints a line for each answer, until its input ends.

``python -m tests.faults.writer [late]``: with ``late`` the event is recorded after the commit, as one must not.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import django
from django.core.management import call_command
from django.db import close_old_connections, transaction
from django.utils import timezone

THREADS = 4
LATE_BY = 0.05  # seconds

Answer = tuple[str, Any]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    django.setup()
    logging.disable()
    key = prepare()
    if "late" in sys.argv:
        record_after_the_commit()
    threads = [threading.Thread(target=write, args=(key, number), daemon=True) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    say({"ready": True})
    sys.stdin.read()
    # In the middle of what the threads do, which is what they are for.
    os._exit(0)


def prepare() -> str:
    """Make the tables, a site with an endpoint and a key; return the key."""
    from billing_customers.operations.api_keys import create_api_key  # noqa: PLC0415 - models need settings
    from billing_customers.operations.sites import create_site  # noqa: PLC0415
    from tests.faults.seeding import make_local_endpoint  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    now = timezone.now()
    site = create_site(slug="acme-test", at=now)
    make_local_endpoint(site, "http://127.0.0.1:9/")
    return create_api_key(site=site, scopes=["write"], at=now)[1]


def record_after_the_commit() -> None:
    """What many do: the change is committed, then told to a queue. A fault of the queue is logged."""
    from billing_customers.events import record  # noqa: PLC0415

    real = record.record

    def later(**said: Any) -> record.Recorded:
        def tell() -> None:
            time.sleep(LATE_BY)
            with transaction.atomic():
                real(**said)

        transaction.on_commit(tell, robust=True)
        return record.Recorded(0, "", ())

    record.record = later


def write(key: str, number: int) -> None:
    """Create customers and change each of them nine times, in one dialect or the other."""
    dialect = chargebee(key, number) if number % 2 else ching(key)
    for step in itertools.count():
        # What a server does before each request.
        close_old_connections()
        customer, answer = dialect(step)
        said = answer.json()
        if answer.status_code == 200:
            say({"customer": customer(said), "version": version(answer, said)})
        else:
            fault = said.get("code") or said["error"]["code"] if isinstance(said, dict) else None
            say({"refused": answer.status_code, "fault": fault, "type": answer["Content-Type"]})
            # A client that waits before it tries again.
            time.sleep(0.02)


if __name__ == "__main__":
    main()
