"""Arrays of objects, which the contract writes by columns: ``name[field][index]=value``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.dialects.chargebee.inputs.params import Param, read_params
from billing_customers.exceptions import InvalidInput, Issue


def read_rows(table: Mapping[str, Param], given: Any, *, within: str) -> dict[int, dict[str, Any]]:
    """The attributes of each row by its index, in the order of the indexes; gaps stay, and what ``table`` does not name
    is ignored.

    In a JSON body the array may also be a list of objects, and a column a list. Raises :class:`InvalidInput` with every
    fault, each naming ``within``, the field and the index.
    """
    columns = _columns(given, next(iter(table)), within)
    rows: dict[int, dict[str, Any]] = {}
    issues: list[Issue] = []
    for name, param in table.items():
        for index, value in columns.get(name, {}).items():
            row = rows.setdefault(index, {})
            try:
                row |= read_params({name: param}, {name: value})
            except InvalidInput as error:
                issues += [Issue(f"{within}.{issue.field}.{index}", issue.message) for issue in error.issues]
    if issues:
        raise InvalidInput(issues)
    return {index: rows[index] for index in sorted(rows)}


def _columns(given: Any, example: str, within: str) -> dict[str, dict[int, Any]]:
    """By field and index, whichever way the array was written."""
    if given is None or given == "":
        return {}
    if isinstance(given, list) and all(isinstance(row, dict) for row in given):
        by_field: dict[str, dict[int, Any]] = {}
        for index, row in enumerate(given):
            for name, value in row.items():
                by_field.setdefault(name, {})[index] = value
        return by_field
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
        raise InvalidInput([Issue(within, f"Takes columns, such as {within}[{example}][0].")])
    return {name: _column(value, name, within) for name, value in given.items()}


def _column(value: Any, name: str, within: str) -> dict[int, Any]:
    if isinstance(value, list):
        return dict(enumerate(value))
    if isinstance(value, dict) and all(isinstance(index, int) for index in value):
        return value
    raise InvalidInput([Issue(f"{within}.{name}", f"Takes an index, such as {within}[{name}][0].")])
