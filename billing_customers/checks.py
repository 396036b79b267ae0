"""System checks: what would surprise an operator later is reported at the start, with an id and a hint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.utils.module_loading import import_string

from billing_customers.conf import KNOWN, NAME, Rate, decoded_key
from billing_customers.gateways.base import Gateway
from billing_customers.neighbors import ModelNeighbor, Neighbor
from billing_customers.neighbors.registry import uncovered_keys

# Any one of the packages will do.
_ENGINE_PACKAGES = {"worker": (), "celery": ("celery",), "tasks": ("django.tasks", "django_tasks")}
_BACKENDS_WITHOUT_A_QUEUE = {
    "ImmediateBackend": "It works in the process that serves requests, and tries nothing again. Set a backend with a "
    "queue, such as that of django-tasks-db.",
    "DummyBackend": "It does no work. Set a backend with a queue, such as that of django-tasks-db.",
}

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}", re.ASCII)

MIDDLEWARE = "billing_customers.dialects.middleware.BillingMiddleware"


@register()
def check_settings(**_: Any) -> list[CheckMessage]:
    """``BILLING_CUSTOMERS`` holds known names with readable values."""
    raw = getattr(settings, NAME, {})
    if not isinstance(raw, dict):
        return [Error(f"{NAME} must be a dict.", hint="Leave it out, or set it to {}.", id="billing_customers.E001")]
    return [
        *_unknown_names(raw),
        *_unreadable_values(raw),
        *_webhook_values(raw),
        *_engine_values(raw),
        *_gateways(raw),
        *_neighbors(raw),
        *_hierarchy_limits(raw),
    ]


@register()
def check_foreign_keys(**_: Any) -> list[CheckMessage]:
    """Each foreign key of the host's to a customer has a neighbour that answers for it."""
    raw = getattr(settings, NAME, {})
    if not isinstance(raw, dict) or _neighbors(raw):
        # They cannot be asked.
        return []
    return [
        checks.Warning(
            f"{key} refers to customers, and no neighbour looks after it.",
            hint=f"Add a ModelNeighbor for it to {NAME}['NEIGHBORS']: until then merging and erasing refuse customers "
            "that have such rows.",
            id="billing_customers.W004",
        )
        for key in uncovered_keys()
    ]


@register()
def check_middleware(**_: Any) -> list[CheckMessage]:
    """Errors that never reach a view are JSON only with the middleware."""
    if MIDDLEWARE in settings.MIDDLEWARE:
        return []
    return [
        checks.Warning(
            "Without its middleware, a refused host or a crash elsewhere answers API clients with an HTML page.",
            hint=f"Put {MIDDLEWARE!r} first in MIDDLEWARE.",
            id="billing_customers.W001",
        )
    ]


@register(Tags.database)
def check_databases(databases: Iterable[str] | None = None, **_: Any) -> list[CheckMessage]:
    """SQLite needs two options before it serves writers side by side."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        options = connection.settings_dict.get("OPTIONS", {})
        if connection.vendor == "sqlite" and str(options.get("transaction_mode", "")).upper() != "IMMEDIATE":
            found.append(
                checks.Warning(
                    f"The SQLite database {alias!r} begins transactions as readers; parallel writes fail as 'locked'.",
                    hint='Set OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 20}, and WAL as the journal mode.',
                    id="billing_customers.W002",
                )
            )
    return found


def _unknown_names(raw: dict[str, Any]) -> list[CheckMessage]:
    return [
        Error(
            f"{NAME} has no setting {name!r}.",
            hint="Known: " + ", ".join(sorted(KNOWN)) + ".",
            id="billing_customers.E002",
        )
        for name in raw
        if name not in KNOWN
    ]


def _unreadable_values(raw: dict[str, Any]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    rate, hours, prefix = raw.get("THROTTLE_RATE"), raw.get("IDEMPOTENCY_HOURS", 24), raw.get("API_KEY_PREFIX", "ck")
    if rate is not None and not _is_rate(rate):
        found.append(
            Error(
                "THROTTLE_RATE cannot be read.",
                hint='Set None or a rate such as "150/min".',
                id="billing_customers.E003",
            )
        )
    if not isinstance(hours, int | float) or isinstance(hours, bool) or not 0 < hours <= 24 * 365:
        found.append(
            Error(
                "IDEMPOTENCY_HOURS cannot be read.",
                hint="Set a number of hours, more than 0 and at most a year; the default is 24.",
                id="billing_customers.E004",
            )
        )
    if not isinstance(prefix, str) or not (prefix.isascii() and prefix.isalnum() and len(prefix) <= 10):
        found.append(
            Error(
                "API_KEY_PREFIX cannot be used.",
                hint="Set 1 to 10 ASCII letters or digits; the default is 'ck'.",
                id="billing_customers.E005",
            )
        )
    return found


def _webhook_values(raw: dict[str, Any]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not _are_keys(raw.get("ENCRYPTION_KEYS", [])):
        found.append(
            Error(
                "ENCRYPTION_KEYS cannot be read.",
                hint="Set a list of base64 texts of 32 random bytes; the first seals, all open.",
                id="billing_customers.E006",
            )
        )
    found += [
        Error(f"{name} cannot be read.", hint="Set True or False.", id="billing_customers.E007")
        for name in ("WEBHOOK_ALLOW_HTTP", "WEBHOOK_ALLOW_PRIVATE_NETWORKS")
        if not isinstance(raw.get(name, False), bool)
    ]
    most = raw.get("WEBHOOK_MAX_IN_FLIGHT", 5)
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= 1000:
        found.append(
            Error(
                "WEBHOOK_MAX_IN_FLIGHT cannot be read.",
                hint="Set an integer from 1 to 1000; the default is 5.",
                id="billing_customers.E008",
            )
        )
    if raw.get("WEBHOOK_ALLOW_PRIVATE_NETWORKS") is True and not settings.DEBUG:
        found.append(
            checks.Warning(
                "Webhooks may reach private networks: whoever adds an endpoint can reach what is behind the firewall.",
                hint="Leave WEBHOOK_ALLOW_PRIVATE_NETWORKS out, unless every receiver is your own.",
                id="billing_customers.W003",
            )
        )
    return found


def _engine_values(raw: dict[str, Any]) -> list[CheckMessage]:
    engine = raw.get("WORK_ENGINE", "worker")
    if not isinstance(engine, str) or engine not in _ENGINE_PACKAGES:
        return [
            Error(
                "WORK_ENGINE is unknown.",
                hint="Set 'worker' (the default), 'celery' or 'tasks'.",
                id="billing_customers.E010",
            )
        ]
    packages = _ENGINE_PACKAGES[engine]
    if not packages or any(_is_installed(each) for each in packages):
        return _tasks_backend() if engine == "tasks" else []
    return [
        Error(
            f"WORK_ENGINE is {engine!r}, and its package is not installed.",
            hint=f"Install django-billing-customers[{engine}].",
            id="billing_customers.E011",
        )
    ]


def _tasks_backend() -> list[CheckMessage]:
    """Without ``TASKS``, Django runs tasks in the request that queued them."""
    given = getattr(settings, "TASKS", {})
    backend = given.get("default", {}).get("BACKEND", "ImmediateBackend") if isinstance(given, dict) else ""
    name = str(backend).rpartition(".")[2]
    if name not in _BACKENDS_WITHOUT_A_QUEUE:
        return []
    return [
        checks.Warning(
            f"WORK_ENGINE is 'tasks', and the default backend of TASKS is {name}.",
            hint=_BACKENDS_WITHOUT_A_QUEUE[name],
            id="billing_customers.W005",
        )
    ]


def _gateways(raw: dict[str, Any]) -> list[CheckMessage]:
    given = raw.get("GATEWAYS", {})
    if not isinstance(given, dict) or not all(_is_gateway_entry(*each) for each in given.items()):
        return [
            Error(
                "GATEWAYS cannot be read.",
                hint='Set {"name": "dotted.path.Class"}; names have 1 to 50 of a-z, 0-9 and _, a letter first.',
                id="billing_customers.E012",
            )
        ]
    return [
        Error(
            f"The gateway {name!r} is no adapter: {path} cannot be imported, or is no subclass of Gateway.",
            hint="docs/adding_a_gateway.md shows how one is written.",
            id="billing_customers.E013",
        )
        for name, path in given.items()
        if not _is_adapter(path)
    ]


def _is_gateway_entry(name: Any, path: Any) -> bool:
    # What Chargebee shows for the test gateway, and for payments that no gateway made.
    reserved = {"chargebee", "not_applicable"}
    return isinstance(name, str) and isinstance(path, str) and bool(_NAME.fullmatch(name)) and name not in reserved


def _is_adapter(path: str) -> bool:
    try:
        found = import_string(path)
    except ImportError:
        return False
    return isinstance(found, type) and issubclass(found, Gateway)


def _neighbors(raw: dict[str, Any]) -> list[CheckMessage]:
    given = raw.get("NEIGHBORS", ())
    if not isinstance(given, list | tuple) or not all(isinstance(each, Neighbor) for each in given):
        return [
            Error(
                "NEIGHBORS cannot be read.",
                hint='Set a list of neighbours, such as [ModelNeighbor("shop.Subscription", kind="subscription")].',
                id="billing_customers.E014",
            )
        ]
    declared = [each for each in given if isinstance(each, ModelNeighbor)]
    return [
        Error(fault, hint="docs/neighbors.md shows how one is declared.", id="billing_customers.E015")
        for each in declared
        for fault in each.faults()
    ]


def _hierarchy_limits(raw: dict[str, Any]) -> list[CheckMessage]:
    return [
        Error(
            f"{name} cannot be read.",
            hint=f"Set an integer from {low} to {high}; the default is {usual}.",
            id="billing_customers.E016",
        )
        for name, low, high, usual in (("HIERARCHY_MAX_LEVELS", 2, 100, 5), ("HIERARCHY_MAX_CHILDREN", 1, 100_000, 250))
        if not _is_integer(raw.get(name, usual), low, high)
    ]


def _is_integer(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _are_keys(value: Any) -> bool:
    if not isinstance(value, list | tuple):
        return False
    try:
        for text in value:
            decoded_key(text)
    except ValueError:
        return False
    return True


def _is_rate(value: Any) -> bool:
    try:
        Rate.parse(value)
    except (TypeError, ValueError):
        return False
    return True
