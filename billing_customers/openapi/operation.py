"""What a dialect tells about itself, for the document to be written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing_customers.dialects.base import BillingViewSet, Dialect
from billing_customers.dialects.faults import Kind
from billing_customers.openapi.schemas import Schema

Action = tuple[type[BillingViewSet], str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One action of a view.

    ``answer`` is the schema of its success, ``body`` the request body by media type, ``query`` its query parameters.
    ``versioned`` actions take ``If-Match``. ``faults`` are those that only some actions have; every action has the
    usual ones. ``headers`` name components that its answer has besides the usual ones.
    """

    summary: str
    answer: Schema
    description: str = ""
    body: Mapping[str, Mapping[str, Any]] | None = None
    query: tuple[Mapping[str, Any], ...] = ()
    versioned: bool = False
    faults: frozenset[Kind] = frozenset()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DialectText:
    """One contract. ``statuses`` gives each fault its status and code, ``error`` is the schema of every failure.
    ``write_headers`` are header parameters of every POST.
    """

    dialect: Dialect
    title: str
    description: str
    security: Mapping[str, Any]
    statuses: Mapping[Kind, tuple[int, str]]
    error: Schema
    schemas: Mapping[str, Schema]
    operations: Mapping[Action, Operation]
    write_headers: tuple[Schema, ...] = ()

    @property
    def label(self) -> str:
        """What the names of its components begin with."""
        return type(self.dialect).__name__
