"""Queries whose SQL is made once. Building and compiling a queryset costs more than running it by a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet

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

    ``build`` is called with one stand-in for each of ``kinds`` (``int`` or ``str``) and must put each into the queryset
    as it is, as the value of a look-up.
    """

    def __init__(self, model: type[Model], build: Callable[..., QuerySet[Any, Any]], *kinds: type[int | str]) -> None:
        self._model = model
        self._build = build
        self._stand_ins = [_stand_in(number, kind) for number, kind in enumerate(kinds)]

    def rows(self, *arguments: Any) -> list[tuple[Any, ...]]:
        """The rows for these arguments, converted as the queryset would."""
        connection = connections[router.db_for_read(self._model)]
        cache: dict[Statement, _Compiled] = connection.__dict__.setdefault(_CACHE, {})
        compiled = cache.get(self)
        if compiled is None:
            compiled = cache[self] = self._compile(connection)
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, compiled.bound(arguments))
            rows = cursor.fetchall()
        return [_converted(row, compiled, connection) for row in rows] if compiled.converters else rows

    def _compile(self, connection: BaseDatabaseWrapper) -> _Compiled:
        compiler = self._build(*self._stand_ins).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        expressions = [selected[0] for selected in compiler.select[: compiler.col_count]]
        found = compiler.get_converters(expressions)
        converters = tuple((index, list(each), expression) for index, (each, expression) in found.items())
        return _Compiled(sql, tuple(self._param(value) for value in params), converters)

    def _param(self, value: Any) -> tuple[int | None, Any]:
        for number, stand_in in enumerate(self._stand_ins):
            if value == stand_in and isinstance(value, type(stand_in)):
                return number, type(value)
        return None, value


def _stand_in(number: int, kind: type[int | str]) -> Any:
    return -(2**40) - number if kind is int else f"\x02stand-in-{number}"


def _converted(row: tuple[Any, ...], compiled: _Compiled, connection: BaseDatabaseWrapper) -> tuple[Any, ...]:
    values = list(row)
    for index, converters, expression in compiled.converters:
        value = values[index]
        for convert in converters:
            value = convert(value, expression, connection)
        values[index] = value
    return tuple(values)
