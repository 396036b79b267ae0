"""What PostgreSQL makes of the statements of a call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    params: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """``milliseconds`` of planning and execution, ``buffers`` that were looked at; both 0 when only explained."""

    nodes: tuple[dict[str, Any], ...]
    milliseconds: float
    buffers: int

    @property
    def indexes(self) -> frozenset[str]:
        return frozenset(node["Index Name"] for node in self.nodes if "Index Name" in node)

    @property
    def scanned_tables(self) -> frozenset[str]:
        """Tables that are read from end to end."""
        return frozenset(node["Relation Name"] for node in self.nodes if node["Node Type"].endswith("Seq Scan"))


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """The statements that this thread sends meanwhile."""
    statements: list[Statement] = []

    def record(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(Statement(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(record):
        yield statements


def explain(statement: Statement, *, analyze: bool = False) -> Plan:
    """The plan; with ``analyze`` the statement is carried out too."""
    options = "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON" if analyze else "FORMAT JSON"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}) {statement.sql}", statement.params)
        answer = cursor.fetchone()[0]
    (told,) = json.loads(answer) if isinstance(answer, str) else answer
    root = told["Plan"]
    return Plan(
        tuple(_nodes(root)),
        told.get("Execution Time", 0.0) + (told["Planning Time"] if analyze else 0.0),
        root.get("Shared Hit Blocks", 0) + root.get("Shared Read Blocks", 0),
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)
