"""The table: each request that the pages of the contracts show, the customers it needs, and the answer they show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

FILES = (
    "ching",
    "chargebee_customers",
    "chargebee_filters",
    "chargebee_contacts",
    "chargebee_payments",
    "chargebee_lifecycle",
    "chargebee_hierarchy",
)

# The placeholder in CHING's paths, and the id that CHING's samples show for the customer that it stands for.
PATH_ID = ":id"
SAMPLE_ID = "cus_V8ltq1pK_MWH"


class Dialect(StrEnum):
    CHING = "ching"
    CHARGEBEE = "chargebee"


@dataclass(frozen=True, slots=True)
class Step:
    """What prepares a case: a POST to the path from the dialect's base with these parameters.

    A path that is a name, such as ``invoice``, is no request: hosts make those, by an operation.
    """

    path: str
    params: dict[str, Any]

    @property
    def is_request(self) -> bool:
        return self.path.startswith("/")


@dataclass(frozen=True, slots=True)
class Case:
    """One request of a contract's page.

    ``curl`` are its lines, less their backslashes; ``method`` is what the page says of the operation. The answer to
    expect is ``sample``, where ``"{..}"`` stands for any further elements, or, for a filter, a list of exactly the
    customers ``ids``. ``implemented`` says whether this version has the operation. ``binds`` names ids of the page that
    the installation makes up itself, each with the path in an answer of the setup where its own stands.
    """

    dialect: Dialect
    name: str
    operation: str
    method: str
    curl: tuple[str, ...]
    implemented: bool = True
    setup: tuple[Step, ...] = ()
    sample: Any = None
    ids: tuple[str, ...] | None = None
    binds: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"{self.dialect} {self.name}"

    @property
    def own_ids(self) -> list[str]:
        """The ids that the setup gives its customers."""
        return [step.params["id"] for step in self.setup if "id" in step.params]

    def renamed(self, names: Mapping[str, str]) -> Case:
        """The case with other ids in its setup, request and answer."""
        return replace(
            self,
            setup=tuple(Step(_renamed(step.path, names), _renamed(step.params, names)) for step in self.setup),
            curl=tuple(_renamed(list(self.curl), names)),
            sample=_renamed(self.sample, names),
            ids=None if self.ids is None else tuple(_renamed(list(self.ids), names)),
        )


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case of both contracts, in the order of their pages."""
    return tuple(case for name in FILES for case in _read(name))


def _read(name: str) -> Iterator[Case]:
    data = json.loads((files(__package__) / "cases" / f"{name}.json").read_text("utf-8"))
    for item in data["cases"]:
        fields = {**data["defaults"], **item}
        fill = fields.pop("fill", {})
        ids = fields.pop("ids", None)
        yield Case(
            **fields
            | {
                "dialect": Dialect(fields["dialect"]),
                "curl": tuple(_filled(line, fill) for line in fields["curl"]),
                "setup": tuple(Step(path, params) for path, params in fields.get("setup", [])),
                "ids": None if ids is None else tuple(ids),
            }
        )


def _filled(line: str, fill: Mapping[str, Any]) -> str:
    """``line`` with real values in the place of the page's placeholders, which are JSON strings."""
    for placeholder, value in fill.items():
        line = line.replace(json.dumps(placeholder), json.dumps(value))
    return line


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for old, new in names.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    return value
