"""INSERTs whose SQL is made once. Saving a model instance costs more than the INSERT itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

_CACHE = "_billing_customers_inserts"


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
        self._fields = [by_name[column] for column in columns]
        self._columns = [str(field.column) for field in self._fields]
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

    def sql(self, connection: BaseDatabaseWrapper) -> str:
        """The statement, with ``RETURNING`` where the database has it."""
        cache: dict[Insert, str] = connection.__dict__.setdefault(_CACHE, {})
        sql = cache.get(self)
        if sql is None:
            sql = cache[self] = self._compile(connection)
        return sql

    def adapted(self, connection: BaseDatabaseWrapper, values: Sequence[Any]) -> list[Any]:
        """The values as the database wants them."""
        return [field.get_db_prep_save(value, connection) for field, value in zip(self._fields, values, strict=True)]

    def _compile(self, connection: BaseDatabaseWrapper) -> str:
        quote = connection.ops.quote_name
        extra = self._expressions.get(connection.vendor, self._expressions.get("", {}))
        names = ", ".join(quote(column) for column in (*self._columns, *extra))
        slots = ", ".join((*("%s" for _ in self._columns), *extra.values()))
        sql = f"INSERT INTO {quote(self._meta.db_table)} ({names}) VALUES ({slots})"  # noqa: S608 - names of ours
        if connection.features.can_return_columns_from_insert:
            sql += f" RETURNING {quote(str(self._meta.pk.column))}"
        return sql
