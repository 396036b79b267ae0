"""A receiver of webhooks to look at: it verifies what arrives, keeps the latest in memory, and shows it as it comes.

It is what an integration has to do, and no more: check the signature over the raw body before anything else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

KEPT = 100
TOLERANCE = 300  # seconds between the sender's clock and ours

_lock = threading.Lock()
_numbers = itertools.count(1)
_arrived: deque[dict[str, Any]] = deque(maxlen=KEPT)
_secrets: dict[str, str] = {}


def trust(dialect: str, secret: str) -> None:
    """Verify what comes to ``/receiver/<dialect>`` with ``secret``, the text that was shown when it was made."""
    _secrets[dialect] = secret


def forget() -> None:
    """Empty the page."""
    with _lock:
        _arrived.clear()


@csrf_exempt
@require_POST
def receive(request: HttpRequest, dialect: str) -> HttpResponse:
    """Take one event: 204 when it is signed well, 401 when it is not."""
    fault = fault_of(request.headers, request.body, _secrets.get(dialect, ""))
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return HttpResponse("The body is no JSON object.", status=400, content_type="text/plain")
    with _lock:
        _arrived.append(
            {
                "number": next(_numbers),
                "at": time.time(),
                "dialect": dialect,
                "type": said.get("type") or said.get("event_type"),
                "id": request.headers.get("webhook-id", ""),
                "sequence": request.headers.get("webhook-sequence", ""),
                "attempt": request.headers.get("webhook-attempt", ""),
                "fault": fault,
                "body": said,
            }
        )
    return HttpResponse(status=401 if fault else 204)


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The page; it asks :func:`latest` every second."""
    return render(request, "receiver.html")


@require_GET
def latest(request: HttpRequest) -> JsonResponse:
    """What arrived after ``?after=`` (a number of the page's own), the oldest first."""
    given = request.GET.get("after", "0")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else 0
    with _lock:
        return JsonResponse({"arrived": [each for each in _arrived if each["number"] > after]})


def fault_of(headers: Mapping[str, str], body: bytes, secret: str) -> str:
    """What is wrong with the signature, as Standard Webhooks defines it; empty when nothing is."""
    identity, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not secret:
        return "this receiver knows no secret yet"
    if not timestamp.isascii() or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return "the timestamp is missing or too old"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = hmac.new(key, f"{identity}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    for part in headers.get("webhook-signature", "").split():
        version, _, text = part.partition(",")
        if version == "v1" and hmac.compare_digest(text.encode(), base64.b64encode(expected)):
            return ""
    return "the signature does not match"
