"""A process that changes customers over HTTP and prints a line for each answer, until its input ends.

``python -m tests.faults.writer URL [late]``: URL is that of the webhooks; with ``late`` an event is recorded after the
commit, as one must not.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import sys
import threading
import time
from typing import Any

import django
from django.core.management import call_command
from django.db import close_old_connections, transaction
from django.utils import timezone

THREADS = 4
LATE_BY = 0.05  # seconds


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
    make_local_endpoint(site, sys.argv[1])
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
    """Create customers and change each of them nine times, in one dialect or the other, as fast as it goes."""
    dialect = Chargebee(key) if number % 2 else Ching(key)
    for batch in itertools.count():
        name = dialect.create(f"w{number}-{batch}")
        for step in range(9):
            if name is None:
                break
            name = dialect.update(name, f"{batch}-{step}")


class Ching:
    """Both calls return the customer's id, or ``None`` when they were refused."""

    def __init__(self, key: str) -> None:
        from tests.clients import ChingClient  # noqa: PLC0415 - models need settings

        self._client = ChingClient(key)

    def create(self, name: str) -> str | None:
        return self._post("/customers", {"name": name})

    def update(self, public_id: str, name: str) -> str | None:
        return self._post(f"/customers/{public_id}", {"name": name})

    def _post(self, path: str, body: dict[str, Any]) -> str | None:
        # What a server does before each request.
        close_old_connections()
        answer = self._client.post(path, body)
        if answer.status_code != 200:
            refused(answer, answer.json()["error"]["code"])
            return None
        return acknowledged(answer.json()["data"]["id"], int(answer["ETag"].strip('"')))


class Chargebee:
    def __init__(self, key: str) -> None:
        from tests.clients import ChargebeeClient  # noqa: PLC0415

        self._client = ChargebeeClient(key)

    def create(self, name: str) -> str | None:
        return self._post("/customers", {"id": name})

    def update(self, public_id: str, name: str) -> str | None:
        return self._post(f"/customers/{public_id}", {"first_name": name})

    def _post(self, path: str, parameters: dict[str, Any]) -> str | None:
        close_old_connections()
        answer = self._client.post(path, parameters)
        if answer.status_code != 200:
            refused(answer, answer.json()["api_error_code"])
            return None
        customer = answer.json()["customer"]
        return acknowledged(customer["id"], customer["resource_version"])


def acknowledged(customer: str, version: int) -> str:
    say({"customer": customer, "version": version})
    return customer


def refused(answer: Any, code: str) -> None:
    say({"refused": answer.status_code, "code": code})
    # As a client does that wishes to be served again.
    time.sleep(0.02)


def say(what: dict[str, Any]) -> None:
    # One call of write, so that lines of several threads are not mixed.
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
