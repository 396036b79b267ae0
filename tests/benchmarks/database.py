"""The database of the benchmarks: made for a run and dropped after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from tests.benchmarks.baseline.models import PlainContact, PlainCustomer
from tests.benchmarks.settings import DATABASE

# A migration of ours makes it, so that no model knows of it.
_METADATA_INDEX = "CREATE INDEX plain_customer_metadata ON {} USING gin (metadata jsonb_path_ops)"


@contextmanager
def fresh_database() -> Iterator[None]:
    """An empty database with our tables and the baseline's, dropped at the end."""
    _on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    _on_server("CREATE DATABASE {}")
    try:
        call_command("migrate", verbosity=0)
        _make_baseline_tables()
        yield
    finally:
        connection.close()
        _on_server("DROP DATABASE {} WITH (FORCE)")


def _make_baseline_tables() -> None:
    with connection.schema_editor() as editor:
        for model in (PlainCustomer, PlainContact):
            editor.create_model(model)
        editor.execute(_METADATA_INDEX.format(PlainCustomer._meta.db_table))


def _on_server(statement: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(DATABASE)))
