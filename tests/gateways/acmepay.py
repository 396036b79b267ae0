"""The other side of the guide's adapter: a payment gateway in a thread, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from billing_customers.ids import new_id

SECRET = "acme-secret-5f0c"
REASONS = {"declined": "card_declined", "holder_needed": "authentication_required"}

Answer = tuple[int, dict[str, Any]]


class AcmePay:
    """``next_charge`` may be ``"lost"`` or ``"unreached"``: then it is not answered."""

    def __init__(self) -> None:
        self.url = ""
        self.next_charge = ""
        self._cards: dict[str, dict[str, Any]] = {}
        self._charges: list[dict[str, Any]] = []
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()

    def card(self, *, charges_become: str) -> str:
        """A card in the vault; its id."""
        card_id = new_id("card")
        card = {"id": card_id, "brand": "visa", "last4": "4242", "month": 10, "year": 2031}
        self._cards[card_id] = card | {"becomes": charges_become}
        return card_id

    def taken(self, key: str) -> int:
        """How often money was taken for the key."""
        return sum(each["reference"] == key and each["status"] == "paid" for each in self._charges)

    def answer(self, method: str, path: str, body: dict[str, Any], key: str) -> Answer | None:
        """The answer; ``None`` for a connection that breaks."""
        with self._lock:
            if key in self._answers:
                return self._answers[key]
            silence = ""
            if (method, path) == ("POST", "/charges"):
                silence, self.next_charge = self.next_charge, ""
            if silence == "unreached":
                return None
            answer = self._acted(method, path, body)
            if key:
                self._answers[key] = answer
            return None if silence else answer

    def _acted(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        match method, path:
            case "POST", "/cards":
                if body["token"] != "token-good":
                    return 402, {"code": "card_declined"}
                return 201, self._cards[self.card(charges_become="paid")]
            case "POST", "/charges":
                status = self._cards[body["card"]]["becomes"]
                charge = {"id": new_id("ch"), "status": status, "reason": REASONS.get(status, ""), **body}
                self._charges.append(charge)
                return 200, charge
            case "GET", "/me":
                return 200, {}
            case "GET", _:
                [wanted] = parse_qs(urlsplit(path).query)["reference"]
                return 200, {"charges": [each for each in self._charges if each["reference"] == wanted]}
        return (200, {}) if self._cards.pop(path.rpartition("/")[2], None) else (404, {"code": "unknown_reference"})


@contextmanager
def running() -> Iterator[AcmePay]:
    """AcmePay, for as long as this lasts."""
    acme = AcmePay()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            answer: Answer | None = (401, {"code": "gateway_credentials"})
            if self.headers["Authorization"] == f"Bearer {SECRET}":
                answer = acme.answer(self.command, self.path, body, self.headers.get("Idempotency-Key", ""))
            if answer is None:
                self.close_connection = True
                return
            text = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = _handle  # noqa: N815 - the names that http.server calls

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        acme.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield acme
        server.shutdown()
        thread.join(10)
