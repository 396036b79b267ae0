"""The demo: ``python -m example_project.demo``. It sets up, prints where everything is, and serves until Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import threading
from collections.abc import Sequence

import django
import waitress  # type: ignore[import-untyped]
from django.db import connections
from django.utils import timezone

HOST = "127.0.0.1"
PORTS_TO_TRY = 100

BANNER = """
  {url}/  what is where
  {url}/admin/  log in as {name}, password {password}

  API key of the site acme-test (scope write):
  {key}

  CHING:
  curl {url}/ching/v1/customers -H 'Authorization: Bearer {key}'

  Chargebee:
  curl '{url}/api/v2/customers?limit=3' -u '{key}:'

  {url}/receiver/  webhooks, as they arrive; this changes a customer over CHING, and arrives in both shapes:
  curl {url}/ching/v1/customers/upsert -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\
    -d '{{"identifyBy": "email", "email": "tal@example.com", "name": "Tal Levi", "phone": "054-987-6543"}}'
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Prepare the database, say what is where and serve."""
    options = _parse(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.settings")
    # The demo's receiver is on this machine.
    os.environ.setdefault("BILLING_ALLOW_PRIVATE_WEBHOOKS", "1")
    django.setup()
    from example_project import demo_data  # noqa: PLC0415 - models need the settings first

    key = demo_data.prepare(at=timezone.now())
    connections.close_all()
    listener = None if options.no_serve else _listen(options.port)
    port = listener.getsockname()[1] if listener else options.port
    url = f"http://{HOST}:{port}"
    _say(BANNER.format(url=url, name=demo_data.ADMIN_NAME, password=demo_data.ADMIN_PASSWORD, key=key))
    if listener:
        _serve(listener, url)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m example_project.demo", description=__doc__)
    port = int(os.environ.get("PORT") or 8000)
    parser.add_argument("--port", type=int, default=port, help=f"the port, or the next free one; default {port}")
    parser.add_argument("--no-serve", action="store_true", help="set up and print only")
    return parser.parse_args(arguments)


def _listen(first: int) -> socket.socket:
    """A socket on the first free port from ``first``. It is never let go, so nobody can take the port in between."""
    for port in range(first, min(first + PORTS_TO_TRY, 65_536)):
        try:
            return socket.create_server((HOST, port))
        except OSError:
            continue
    raise SystemExit(f"No port from {first} on is free.")


def _serve(listener: socket.socket, url: str) -> None:
    """Serve with waitress: threads in this one process, nothing printed, and no limit of a development server."""
    from billing_customers.work.worker import Worker  # noqa: PLC0415 - models need the settings first
    from example_project import demo_data, receiver  # noqa: PLC0415 - models need the settings first
    from example_project.wsgi import application  # noqa: PLC0415 - it reads the settings

    # What it does to the endpoints at each start is nobody's news.
    logging.getLogger("billing_customers.webhooks").setLevel(logging.WARNING)
    for dialect, secret in demo_data.hook_up(url, at=timezone.now()).items():
        receiver.trust(dialect, secret)
    connections.close_all()
    # In this process, so that it cannot outlive it. Elsewhere it is a process of its own: manage.py billing_worker.
    worker = Worker(threads=4)
    working = threading.Thread(target=worker.run)
    working.start()
    try:
        _say("  Serving until Ctrl-C.")
        waitress.serve(application, sockets=[listener], threads=8, ident=None)
    finally:
        worker.stop()
        working.join()
        _say("  Stopped.")


def _stop(*_: object) -> None:
    # The terminal and tox both pass Ctrl-C on; a second one must not cut the clean end short.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
