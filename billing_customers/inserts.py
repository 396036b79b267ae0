"""INSERTs whose SQL is made once. Saving a model instance costs more than the INSERT itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

_CACHE = "_billing_customers_inserts"
# Fields whose values depend on the database; text, numbers and keys are the same everywhere.
_ADAPTED = (models.DateField, models.DecimalField, models.JSONField, models.UUIDField)


class Insert:
    """An INSERT of one row of ``model`` that sets ``columns`` (attribute names, such as ``"site_id"``).

    ``expressions`` gives SQL for further columns, by vendor of the database: ``{"postgresql": {"tx": "…"}}``; each may
    hold ``%s``, whose arguments come after the values.
    """

    def __init__(
        self, model: type[Model], columns: Sequence[str], expressions: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        # Model._meta is public in all but name.
        self._meta = model._meta  # noqa: SLF001
        by_name = {field.attname: field for field in self._meta.concrete_fields}
        fields = [by_name[column] for column in columns]
        self._columns = [str(field.column) for field in fields]
        # Nothing has to be done to the others.
        self._fields = [field if isinstance(field, _ADAPTED) else None for field in fields]
        self._expressions = expressions or {}

    def row(self, using: str, values: Sequence[Any], *arguments: Any) -> int:
        """Write one row on the database ``using``; return its primary key."""
        connection = connections[using]
        sql = self.sql(connection)
        adapted = self.adapted(connection, values)
        with connection.cursor() as cursor:
            cursor.execute(sql, [*adapted, *arguments])
            if connection.features.can_return_columns_from_insert:
                return int(cursor.fetchone()[0])
            return int(connection.ops.last_insert_id(cursor, self._meta.db_table, str(self._meta.pk.column)))

    def rows(self, using: str, rows: Sequence[Sequence[Any]]) -> None:
        """Write many rows, which have no expressions."""
        connection = connections[using]
        if connection.vendor == "postgresql":
            self._rows_of_json(connection, rows)
            return
        most = connection.features.max_query_params
        each = len(rows) if most is None else most // len(self._columns)
        slots = f"({', '.join(['%s'] * len(self._columns))})"
        with connection.cursor() as cursor:
            for start in range(0, len(rows), each):
                part = rows[start : start + each]
                values = [value for row in part for value in self.adapted(connection, row)]
                cursor.execute(f"{self._into(connection)} VALUES {', '.join([slots] * len(part))}", values)

    def _rows_of_json(self, connection: BaseDatabaseWrapper, rows: Sequence[Sequence[Any]]) -> None:
        """All of them as one argument: psycopg takes longer over thousands of them than PostgreSQL over the rows."""
        quote = connection.ops.quote_name
        names = ", ".join(map(quote, self._columns))
        given = orjson.dumps([dict(zip(self._columns, row, strict=True)) for row in rows]).decode()
        sql = f"SELECT {names} FROM json_populate_recordset(NULL::{quote(self._meta.db_table)}, %s)"  # noqa: S608 - names of ours
        with connection.cursor() as cursor:
            cursor.execute(f"{self._into(connection)} {sql}", [given])

    def sql(self, connection: BaseDatabaseWrapper) -> str:
        """The statement, with ``RETURNING`` where the database has it."""
        cache: dict[Insert, str] = connection.__dict__.setdefault(_CACHE, {})
        sql = cache.get(self)
        if sql is None:
            sql = cache[self] = self._compile(connection)
        return sql

    def adapted(self, connection: BaseDatabaseWrapper, values: Sequence[Any]) -> list[Any]:
        """The values as the database wants them."""
        return [
            value if field is None else field.get_db_prep_save(value, connection)
            for field, value in zip(self._fields, values, strict=True)
        ]

    def _into(self, connection: BaseDatabaseWrapper, *extra: str) -> str:
        quote = connection.ops.quote_name
        names = ", ".join(quote(column) for column in (*self._columns, *extra))
        return f"INSERT INTO {quote(self._meta.db_table)} ({names})"

    def _compile(self, connection: BaseDatabaseWrapper) -> str:
        extra = self._expressions.get(connection.vendor, self._expressions.get("", {}))
        slots = ", ".join((*("%s" for _ in self._columns), *extra.values()))
        sql = f"{self._into(connection, *extra)} VALUES ({slots})"
        if connection.features.can_return_columns_from_insert:
            sql += f" RETURNING {connection.ops.quote_name(str(self._meta.pk.column))}"
        return sql
