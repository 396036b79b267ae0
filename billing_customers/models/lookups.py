from __future__ import annotations

import re
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup
from django.db.models.sql.compiler import SQLCompiler

_GLOB_SPECIAL = re.compile(r"([*?\[])")


@CharField.register_lookup
class Prefix(Lookup):
    """``column__prefix="Jo"``: begins with it, letter for letter, by an index, on every database.

    Django's ``startswith`` ignores the case of ASCII letters on SQLite; GLOB does not, and has the index.
    """

    lookup_name = "prefix"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} LIKE %s ESCAPE '!'", (*params, re.sub(r"([!%_])", r"!\1", str(self.rhs)) + "%")

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        # With the default escape the planner sees the prefix and takes a pattern index.
        left, params = self.process_lhs(compiler, connection)
        return f"{left} LIKE %s", (*params, re.sub(r"([\\%_])", r"\\\1", str(self.rhs)) + "%")

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} GLOB %s", (*params, _GLOB_SPECIAL.sub(r"[\1]", str(self.rhs)) + "*")
