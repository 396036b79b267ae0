"""What a test sees of an operation: the rows before and after it, and the signals it sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connections, router

from billing_customers import signals
from billing_customers.actors import Actor
from billing_customers.models import BillingSite, Customer, SiteLock

SIGNALS = {
    "created": signals.customer_created,
    "updated": signals.customer_updated,
    "deleted": signals.customer_deleted,
}


@dataclass(frozen=True)
class Said:
    """One signal, as a receiver gets it."""

    what: str
    customer: Customer
    site: BillingSite
    actor: Actor
    at: datetime
    changes: dict[str, tuple[Any, Any]] | None


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every column of every row that the package has, less the lock rows: whoever waits there counts.

    Read as the database has them. Nearly every refusal asks twice, and a queryset for each table is dear.
    """
    models = [model for model in apps.get_app_config("billing_customers").get_models() if model is not SiteLock]
    with connections[router.db_for_write(Customer)].cursor() as cursor:
        return {model.__name__: _rows_of(cursor, model._meta) for model in models}


def _rows_of(cursor: Any, meta: Any) -> list[dict[str, Any]]:
    cursor.execute(f"SELECT * FROM {meta.db_table} ORDER BY {meta.pk.column}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def listening() -> Iterator[list[Said]]:
    """The signals that are sent meanwhile, in their order."""
    said: list[Said] = []

    def receiver_of(what: str) -> Any:
        def receive(sender: type[Customer], signal: Any, changes: Any = None, **named: Any) -> None:
            assert sender is Customer
            said.append(Said(what, changes=changes, **named))

        return receive

    receivers = {what: receiver_of(what) for what in SIGNALS}
    for what, signal in SIGNALS.items():
        signal.connect(receivers[what])
    try:
        yield said
    finally:
        for what, signal in SIGNALS.items():
            signal.disconnect(receivers[what])


@contextmanager
def rows_stay() -> Iterator[None]:
    """What happens inside leaves every row as it was."""
    before = rows()
    yield
    assert rows() == before


@contextmanager
def nothing_changes() -> Iterator[None]:
    """What happens inside leaves every row as it was, and says nothing."""
    with rows_stay(), listening() as said:
        yield
    assert said == []


@contextmanager
def refusal(error: type[Exception]) -> Iterator[pytest.ExceptionInfo[Any]]:
    """What happens inside raises ``error``, leaves every row as it was, and says nothing."""
    with nothing_changes(), pytest.raises(error) as caught:
        yield caught


class ReceiverFailed(Exception):
    """What a host's receiver raises in these tests."""


@contextmanager
def failing_receivers() -> Iterator[None]:
    """Each signal has a receiver that raises."""

    def fail(sender: type[Customer], **named: Any) -> None:
        raise ReceiverFailed

    for signal in SIGNALS.values():
        signal.connect(fail)
    try:
        yield
    finally:
        for signal in SIGNALS.values():
            signal.disconnect(fail)


def faults(caught: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    """The fields and messages of an InvalidInput."""
    return [(issue.field, issue.message) for issue in caught.value.issues]
