"""Clients of both dialects, over Django's test client."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

from django.test import Client

FORM = "application/x-www-form-urlencoded"


class ChingClient:
    """Speaks JSON with a bearer key; answers are Django's responses, with ``.json()``."""

    prefix = "/ching/v1"

    def __init__(self, key: str) -> None:
        self.http = Client(headers={"authorization": f"Bearer {key}"}, raise_request_exception=False)

    def get(self, path: str, **headers: str) -> Any:
        return self.http.get(self.prefix + path, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        raw = body if isinstance(body, bytes | str) else json.dumps(body if body is not None else {})
        return self.http.post(self.prefix + path, raw, content_type="application/json", headers=headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.http.delete(self.prefix + path, headers=headers)


class ChargebeeClient:
    """Speaks bracketed forms with basic auth. Parameters are (key, value) pairs or a flat dict of wire keys."""

    prefix = "/api/v2"

    def __init__(self, key: str) -> None:
        token = base64.b64encode(f"{key}:".encode()).decode()
        self.http = Client(headers={"authorization": f"Basic {token}"}, raise_request_exception=False)

    def get(self, path: str, params: Any = None, **headers: str) -> Any:
        query = f"?{urlencode(params)}" if params else ""
        return self.http.get(self.prefix + path + query, headers=headers)

    def post(self, path: str, params: Any = None, **headers: str) -> Any:
        raw = params if isinstance(params, bytes | str) else urlencode(params or {})
        return self.http.post(self.prefix + path, raw, content_type=FORM, headers=headers)


def followed(client: ChargebeeClient, path: str, params: dict[str, Any]) -> list[list[Any]]:
    """The pages of a list, to the last."""
    pages, offset = [], {}
    while len(pages) < 100:
        answer = client.get(path, {**params, **offset}).json()
        pages.append(answer["list"])
        if "next_offset" not in answer:
            break
        offset = {"offset": answer["next_offset"]}
    return pages
