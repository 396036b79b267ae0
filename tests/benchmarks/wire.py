"""Requests as a WSGI server hands them to Django, without the cost of a test client."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from time import process_time
from typing import Any
from urllib.parse import quote, urlencode

from django.core.handlers.wsgi import WSGIHandler

_FIXED = {
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "HTTP_HOST": "127.0.0.1",
    "HTTP_ACCEPT": "application/json",
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class UnexpectedAnswer(Exception):
    """A call that is measured failed, so its time means nothing."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``query`` is encoded already; ``body`` has ``content_type``."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = ""
    authorization: str = ""

    def environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = {
            **_FIXED,
            "REQUEST_METHOD": self.method,
            "PATH_INFO": self.path,
            "QUERY_STRING": self.query,
            "wsgi.input": BytesIO(self.body),
        }
        if self.body:
            environ["CONTENT_LENGTH"] = str(len(self.body))
            environ["CONTENT_TYPE"] = self.content_type
        if self.authorization:
            environ["HTTP_AUTHORIZATION"] = self.authorization
        return environ


@dataclass(frozen=True, slots=True)
class Answer:
    """``cpu`` is in seconds of this process, all threads."""

    data: Any
    cpu: float


class Server:
    """Django's WSGI handler with the middleware and the routes of the settings."""

    def __init__(self) -> None:
        self.application = WSGIHandler()

    def send(self, call: Call) -> Answer:
        """Carry out ``call`` and measure it. Raises :class:`UnexpectedAnswer` for any status but 200 and 201."""
        environ, status = call.environ(), ""

        def start_response(line: str, headers: Any, error: Any = None) -> None:
            nonlocal status
            status = line

        started = process_time()
        response: Any = self.application(environ, start_response)
        body = b"".join(response)
        response.close()
        cpu = process_time() - started
        if status[:3] not in {"200", "201"}:
            raise UnexpectedAnswer(f"{call.method} {call.path}?{call.query}: {status} {body[:500]!r}")
        return Answer(json.loads(body), cpu)


@dataclass(frozen=True, slots=True)
class Caller:
    """Builds the calls of one API key (none for the baseline)."""

    prefix: str
    authorization: str = ""

    @classmethod
    def of_chargebee(cls, key: str) -> Caller:
        return cls("/api/v2", "Basic " + base64.b64encode(f"{key}:".encode()).decode())

    @classmethod
    def of_ching(cls, key: str) -> Caller:
        return cls("/ching/v1", f"Bearer {key}")

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Call:
        encoded = urlencode(query or {}, quote_via=quote)
        return Call("GET", self.prefix + path, encoded, authorization=self.authorization)

    def form(self, path: str, fields: Mapping[str, Any]) -> Call:
        body = urlencode(fields).encode()
        return Call("POST", self.prefix + path, "", body, "application/x-www-form-urlencoded", self.authorization)

    def json(self, method: str, path: str, data: Mapping[str, Any]) -> Call:
        return Call(method, self.prefix + path, "", json.dumps(data).encode(), "application/json", self.authorization)
