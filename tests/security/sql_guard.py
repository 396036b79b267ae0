"""A guard over every statement: whoever touches a tenant's table must say which tenant.

Used as ``with connection.execute_wrapper(SqlGuard())``. Django's own statements name each table before its condition,
so a condition is looked for behind each table: on the table's name, or on its alias.
"""

from __future__ import annotations

import re
from typing import Any

from django.apps import apps

from billing_customers.models import BillingSite

_TABLE = re.compile(r"\b(FROM|UPDATE|INTO|JOIN) (billing_customers_\w+)(?: (?:AS )?([A-Z]\d+)\b)?")


class ForgottenSiteError(AssertionError):
    """A statement that would see, or change, the rows of every tenant."""


def tenant_tables() -> dict[str, str]:
    """The tables that have a site, with the name of its column."""
    models = apps.get_app_config("billing_customers").get_models()
    fields = {model._meta.db_table: {field.name: str(field.column) for field in model._meta.fields} for model in models}
    del fields[BillingSite._meta.db_table]
    return {table: columns["site"] for table, columns in fields.items()}


class SqlGuard:
    """Counts the statements that it lets pass in ``seen``, and fails on the first that forgets the site."""

    def __init__(self) -> None:
        self.tables = tenant_tables()
        self.seen = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.check(sql)
        return execute(sql, params, many, context)

    def check(self, sql: str) -> None:
        """Raise :class:`ForgottenSiteError` unless ``sql`` names the site of each tenant's table in it."""
        plain = " ".join(re.sub(r'["`]', "", sql).split())
        for match in _TABLE.finditer(plain):
            verb, table, alias = match.groups()
            if table in self.tables and verb != "JOIN":
                self.seen += 1
                self._check_table(plain, match.end(), verb, table, alias or table)

    def _check_table(self, plain: str, end: int, verb: str, table: str, name: str) -> None:
        column = self.tables[table]
        rest = plain[end:]
        if verb == "INTO":
            named = re.match(rf" ?\([^)]*\b{column}\b", rest)
        else:
            condition = rest.partition(" WHERE ")[2]
            named = re.search(rf"(?<![\w.])(?:{name}\.)?{column} (?:=|IN)", condition)
            if table == "billing_customers_apikey" and re.search(rf"\b{name}\.digest = ", condition):
                return  # The one question that is asked before the tenant is known.
        if named is None:
            raise ForgottenSiteError(f"No {column} of {table} in: {plain}")
