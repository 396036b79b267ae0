"""Queries whose SQL is made once. Building and compiling a queryset costs more than running it by a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet

Kind = type[int] | type[str] | type[datetime]

_CACHE = "_billing_customers_statements"


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    # Either a value that is always the same, or the number of an argument and how the database wants it wrapped.
    params: tuple[tuple[int | None, Any], ...]
    converters: tuple[tuple[int, list[Any], Any], ...]

    def bound(self, arguments: Sequence[Any]) -> list[Any]:
        return [value if number is None else value(arguments[number]) for number, value in self.params]


class Statement:
    """A ``values_list`` queryset, compiled on a connection's first use of it and from then on only given its arguments.

    ``build`` is called with one stand-in for each of ``kinds`` (``int``, ``str`` or ``datetime``) and must put each
    into the queryset as it is, as the value of a look-up. A queryset that is to be limited later is not sliced.
    """

    def __init__(self, model: type[Model], build: Callable[..., QuerySet[Any, Any]], *kinds: Kind) -> None:
        self._model = model
        self._build = build
        self._stand_ins = [_stand_in(number, kind) for number, kind in enumerate(kinds)]

    def rows(self, *arguments: Any, limit: int | None = None, using: str | None = None) -> list[tuple[Any, ...]]:
        """The rows for these arguments, at most ``limit``, converted as the queryset would.

        ``using`` is the alias of the database; without it, the one for reading.
        """
        connection = connections[using or router.db_for_read(self._model)]
        cache: dict[Statement, _Compiled] = connection.__dict__.setdefault(_CACHE, {})
        compiled = cache.get(self)
        if compiled is None:
            compiled = cache[self] = self._compile(connection)
        with connection.cursor() as cursor:
            limited = compiled.sql if limit is None else f"{compiled.sql} LIMIT {limit:d}"
            cursor.execute(limited, compiled.bound(arguments))
            rows = cursor.fetchall()
        # MariaDB's driver gives a tuple of them.
        return [_converted(row, compiled, connection) for row in rows] if compiled.converters else list(rows)

    def _compile(self, connection: BaseDatabaseWrapper) -> _Compiled:
        compiler = self._build(*self._stand_ins).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        expressions = [selected[0] for selected in compiler.select[: compiler.col_count]]
        found = compiler.get_converters(expressions)
        converters = tuple((index, list(each), expression) for index, (each, expression) in found.items())
        adapted = tuple(self._param(value, connection) for value in params)
        if set(range(len(self._stand_ins))) - {number for number, _ in adapted}:
            raise ValueError("The queryset does not bind each stand-in as it is, so an argument would be lost.")
        return _Compiled(sql, adapted, converters)

    def _param(self, value: Any, connection: BaseDatabaseWrapper) -> tuple[int | None, Any]:
        for number, stand_in in enumerate(self._stand_ins):
            if isinstance(stand_in, datetime):
                adapt = connection.ops.adapt_datetimefield_value
                if value == adapt(stand_in):
                    return number, adapt
            elif value == stand_in and isinstance(value, type(stand_in)):
                return number, type(value)
        return None, value


def _stand_in(number: int, kind: Kind) -> Any:
    if kind is datetime:
        return datetime(1, 1, 2, tzinfo=UTC) + timedelta(days=number)
    return -(2**40) - number if kind is int else f"\x02stand-in-{number}"


def _converted(row: tuple[Any, ...], compiled: _Compiled, connection: BaseDatabaseWrapper) -> tuple[Any, ...]:
    values = list(row)
    for index, converters, expression in compiled.converters:
        value = values[index]
        for convert in converters:
            value = convert(value, expression, connection)
        values[index] = value
    return tuple(values)
