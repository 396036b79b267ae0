"""The local Stripe as tests speak to it: started once, emptied for each test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import requests

from tests.shell.sources import CHECKOUT

STARTS_WITHIN = 60
KEY = "sk_test_51NotAKeyOfAnybody0123456789"


class LocalStripe:
    """``url`` is its base address; calls go around the adapter, with a session that knows no proxies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def post(self, path: str, **data: Any) -> dict[str, Any]:
        """What Stripe's own page or dashboard would do."""
        response = self._session.post(self.url + path, data=data, auth=(KEY, ""), timeout=10)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def get(self, path: str) -> dict[str, Any]:
        response = self._session.get(self.url + path, auth=(KEY, ""), timeout=10)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def card(self, number: str = "4242424242424242") -> dict[str, Any]:
        """A payment method that nobody has attached yet, as Stripe's page makes it."""
        card = {"number": number, "exp_month": 10, "exp_year": 2031, "cvc": "123"}
        return self.post("/v1/payment_methods", type="card", **{f"card[{name}]": card[name] for name in card})

    def customer(self, *methods: str) -> str:
        """A customer at Stripe with these payment methods."""
        customer: str = self.post("/v1/customers", name="Ada")["id"]
        for method in methods:
            self.post(f"/v1/payment_methods/{method}/attach", customer=customer)
        return customer

    def reference(self, number: str) -> str:
        """A card that is attached to a customer."""
        method = self.card(number)["id"]
        return f"{self.customer(method)}/{method}"

    def order(self, what: str, path: str = "", method: str = "POST", **more: Any) -> None:
        """``what`` shall happen to the next such request: ``unreached``, ``lost``, ``slow`` or ``answer``.

        ``keep_alive`` is for all: connections stay open after an answer.
        """
        fault = {"what": what, "method": method, "path": path, **more}
        self._session.post(f"{self.url}/_config/faults", json=fault, timeout=10).raise_for_status()

    def order_error(self, status: int, path: str, method: str = "POST", **error: str) -> None:
        """Stripe answers the next such request with this error."""
        self.order("answer", path, method, status=status, body=json.dumps({"error": error}))

    def taken(self, key: str) -> int:
        """How often money was taken for the key."""
        response = self._session.get(f"{self.url}/_config/taken", params={"key": key}, timeout=10)
        taken: int = response.json()
        return taken

    def seen(self) -> list[dict[str, Any]]:
        """The requests that came, less those of tests for faults."""
        seen: list[dict[str, Any]] = self._session.get(f"{self.url}/_config/seen", timeout=10).json()
        return seen

    def forget(self) -> None:
        self._session.post(f"{self.url}/_config/forget", timeout=10).raise_for_status()

    def close(self) -> None:
        self._session.close()


@contextmanager
def running() -> Iterator[LocalStripe]:
    """A process with the local Stripe, for as long as this lasts."""
    command = [sys.executable, "-m", "tests.gateways.local_stripe"]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        alarm = Timer(STARTS_WITHIN, process.kill)
        alarm.start()
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            alarm.cancel()
            assert port, "The local Stripe did not start."
            server = LocalStripe(f"http://127.0.0.1:{port}")
            yield server
            server.close()
        finally:
            alarm.cancel()
            process.kill()
