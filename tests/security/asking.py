"""One request about rows of this or that site: sent, undone, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from billing_customers.models import BillingSite
from tests.dialects.wire import CHARGEBEE, CHING, FORM, JSON
from tests.operations.watching import rows
from tests.security.parameters import Operation, operations
from tests.security.references import Ask
from tests.security.three_sites import NOWHERE, OWN, of, undone

Answer = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True)
class Outcome:
    """``answer`` is status, headers and body, the row that was asked for being called as nobody's is; ``changed`` names
    the tables in which rows have changed, ``changed_elsewhere`` those with changed rows of other sites.
    """

    answer: Answer
    changed: frozenset[str]
    changed_elsewhere: frozenset[str]

    @property
    def status(self) -> int:
        return self.answer[0]


@dataclass(frozen=True)
class Caller:
    """Whoever has the key of ``site``."""

    key: str
    site: BillingSite

    def ask(self, ask: Ask, name: str, value: str, digit: str, content_type: str) -> Outcome:
        """What comes of the request when its parameter ``name`` is ``value``, of the site with ``digit``."""
        said = {each: of(OWN, known) for each, known in {**ask.beside, **ask.tried}.items()}
        said[name] = of(digit, value)
        operation = operations()[ask.operation]
        before = rows()
        with undone():
            response = self._send(operation, of(OWN, ask.of), said, content_type)
            after = rows()
        return Outcome(
            _answer(response, said[name], of(NOWHERE, value)),
            _changed(before, after),
            _changed(_without(self.site, before), _without(self.site, after)),
        )

    def get(self, operation: str, name: str, value: str, digit: str) -> Answer:
        """The answer of a list that is filtered by one parameter."""
        known = of(digit, value)
        # On one page: what leads to the next one is sealed with the filter.
        response = self._send(operations()[operation], "", {name: known, "limit": "100"}, FORM)
        return _answer(response, known, of(NOWHERE, value))

    def _send(self, operation: Operation, of_id: str, said: Mapping[str, str], content_type: str) -> Any:
        wire = CHING if operation.id.startswith("ching") else CHARGEBEE
        path = re.sub(r"{\w+}", of_id, operation.path)
        http = wire.client(self.key)
        if operation.method == "get":
            return http.get(path, said)
        raw = json.dumps(nested(said)) if content_type == JSON else urlencode(said)
        return http.post(path, raw, content_type=content_type)


def content_types(ask: Ask) -> tuple[str, ...]:
    """In what the request can be written."""
    return (JSON,) if ask.operation.startswith("ching") else (FORM, JSON)


def nested(said: Mapping[str, str]) -> dict[str, Any]:
    """The same as JSON: ``card[number]`` is a member of ``card``, and ``[0]`` stands for a list."""
    body: dict[str, Any] = {}
    for name, value in said.items():
        *within, last = re.findall(r"\w+", name.removesuffix("[0]"))
        place = body
        for each in within:
            place = place.setdefault(each, {})
        place[last] = [value] if name.endswith("[0]") else value
    return body


def _answer(response: Any, asked_for: str, nobodys: str) -> Answer:
    headers = {name: text for name, text in response.items() if name != "X-Request-Id"}
    return response.status_code, headers, response.content.replace(asked_for.encode(), nobodys.encode())


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(table for table in before if before[table] != after[table])


def _without(site: BillingSite, tables: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        table: [row for row in found if row.get("site_id") != site.pk]
        for table, found in tables.items()
        # The row of a site has its number elsewhere, and is left in: no request changes it.
    }
