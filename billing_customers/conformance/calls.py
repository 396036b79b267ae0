"""An installation to talk to: by HTTP, or in this process."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from billing_customers.conformance.cases import Dialect, Step
from billing_customers.conformance.curl import FORM, JSON, Call

MAX_WAITS = 5
MAX_WAIT_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is the parsed JSON, ``None`` when it was none."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        return self.status == 200

    @property
    def error(self) -> dict[str, Any]:
        """The error object of either dialect; empty for a success."""
        body = self.body if isinstance(self.body, dict) and not self.is_success else {}
        inner = body.get("error")
        return inner if isinstance(inner, dict) else body

    @property
    def code(self) -> str:
        return str(self.error.get("code") or self.error.get("api_error_code") or "")

    @property
    def said(self) -> str:
        """What a failure says in words; nothing for a success."""
        return "" if self.is_success else str(self.error.get("message") or f"status {self.status}, without a message")

    @classmethod
    def of(cls, status: int, content: bytes, headers: Mapping[str, str]) -> Answer:
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        return cls(status, body, headers)


class Transport(Protocol):
    """Carries one request. ``target`` is a path with its query."""

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer: ...

    def make(self, kind: str, params: Mapping[str, Any], key: str) -> bool:
        """Make what a setup names, such as an ``invoice``, for the site of the key; false where only its host can."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where each dialect is mounted, and the key to use with both."""

    transport: Transport
    key: str
    prefixes: Mapping[Dialect, str]
    sleep: Callable[[float], None] = time.sleep

    def send(self, dialect: Dialect, call: Call) -> Answer:
        """Send ``call`` with the key; when the installation limits the rate, wait as it says and go on."""
        target = self.prefixes[dialect] + quote(call.path, safe="/:") + (f"?{call.query}" if call.query else "")
        headers = {"Authorization": self._authorization(dialect), "Content-Type": call.content_type}
        for _ in range(MAX_WAITS):
            answer = self.transport.send(call.method, target, headers, call.body.encode())
            if answer.status != 429:
                break
            self.sleep(_seconds_to_wait(answer))
        return answer

    def prepare(self, dialect: Dialect, step: Step) -> Answer | None:
        """Take a step of a setup; ``None`` if it cannot be taken from here."""
        if not step.is_request:
            return Answer(200, None) if self.transport.make(step.path, step.params, self.key) else None
        if dialect is Dialect.CHING:
            return self.send(dialect, Call("POST", step.path, body=json.dumps(step.params), content_type=JSON))
        return self.send(dialect, Call("POST", step.path, body=urlencode(step.params), content_type=FORM))

    def has_customer(self, dialect: Dialect, public_id: str) -> bool:
        return self.send(dialect, Call("GET", f"/customers/{public_id}")).is_success

    def remove_customer(self, public_id: str) -> bool:
        """Delete by CHING, whose deletion is immediate and whose keys are those of the other dialect too."""
        return self.send(Dialect.CHING, Call("DELETE", f"/customers/{public_id}", content_type=JSON)).is_success

    def delink_customer(self, public_id: str) -> None:
        """Take the customer from below its parent, if it has one."""
        self.send(Dialect.CHARGEBEE, Call("POST", f"/customers/{public_id}/delete_relationship", content_type=FORM))

    def _authorization(self, dialect: Dialect) -> str:
        if dialect is Dialect.CHING:
            return f"Bearer {self.key}"
        return "Basic " + base64.b64encode(f"{self.key}:".encode()).decode()


def _seconds_to_wait(answer: Answer) -> float:
    given = str(answer.headers.get("Retry-After", "1"))
    return min(int(given) if given.isdecimal() else 1, MAX_WAIT_SECONDS)
