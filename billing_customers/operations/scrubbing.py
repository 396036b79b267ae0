"""What was overwritten is gone from SQLite's file too."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger("billing_customers.jobs")


@contextmanager
def scrubbed_file(using: str) -> Iterator[None]:
    """On SQLite, overwrite with zeros what is deleted inside, and empty the write-ahead log at the end.

    Where SQLite did not overwrite before, older values may stand in free pages: the file is written anew then.
    """
    connection = connections[using]
    if connection.vendor != "sqlite":
        yield
        return
    was_on = _value(connection, "PRAGMA secure_delete") == 1
    _value(connection, "PRAGMA secure_delete = ON")
    try:
        yield
        if not connection.in_atomic_block:
            _tidy(connection, is_whole=not was_on)
    finally:
        if not was_on:
            _value(connection, "PRAGMA secure_delete = OFF")


def _tidy(connection: BaseDatabaseWrapper, *, is_whole: bool) -> None:
    try:
        if is_whole:
            _value(connection, "VACUUM")
        _value(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    except DatabaseError:
        # Others are at work. What was committed stands; only the file keeps traces until it is vacuumed.
        logger.warning("SQLite's file could not be scrubbed: run VACUUM", exc_info=True)


def _value(connection: BaseDatabaseWrapper, sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else None
