"""Schema that models cannot say, because only one database has it."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython


def compare_letter_for_letter(*model_names: str) -> RunPython:
    """On MariaDB and MySQL, make the texts of these models compare by code point, as they do elsewhere.

    Their default collations take ``Abc`` and ``abc``, and ``e`` and ``é``, for one id.
    """

    def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor != "mysql":
            return
        # Plain utf8mb4_bin pads: it takes "Jo" and "Jo " for one.
        is_mariadb = getattr(schema_editor.connection, "mysql_is_mariadb", False)
        collation = "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"
        for name in model_names:
            table = schema_editor.quote_name(apps.get_model("billing_customers", name)._meta.db_table)  # noqa: SLF001 - public in all but name
            schema_editor.execute(f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 COLLATE {collation}")

    # MySQL commits each DDL statement by itself, and Django refuses to run one inside a transaction.
    return RunPython(forwards, RunPython.noop, atomic=False)


def postgresql_only(*, forwards: str, backwards: str) -> RunPython:
    """SQL that other databases skip."""
    return _only("postgresql", forwards, backwards, atomic=None)


def sqlite_only(*, forwards: str, backwards: str) -> RunPython:
    """SQL for SQLite alone, such as a trigger in its own words."""
    return _only("sqlite", forwards, backwards, atomic=None)


def mysql_only(*, forwards: str, backwards: str) -> RunPython:
    """SQL for MariaDB and MySQL alone, such as an index that is a partial one elsewhere."""
    return _only("mysql", forwards, backwards, atomic=False)


def _only(vendor: str, forwards: str, backwards: str, *, atomic: bool | None) -> RunPython:
    def run(sql: str) -> Any:
        def code(_: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
            if schema_editor.connection.vendor == vendor:
                schema_editor.execute(sql)

        return code

    return RunPython(run(forwards), run(backwards), atomic=atomic)
