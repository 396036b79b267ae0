"""The options by which commands are told the credentials and options of a gateway account."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.views.decorators.debug import sensitive_variables

from billing_customers.exceptions import InvalidInput
from billing_customers.gateways.registry import UnknownBackend, backend_of

VARIABLE = "BILLING_GATEWAY_"


def add_gateway_options(parser: CommandParser) -> None:
    """``--name``, ``--position``, ``--credential``, ``--credential-stdin``, ``--option`` and ``--check``."""
    parser.add_argument("--name", help="What staff call it.")
    parser.add_argument("--position", type=int, help="The lowest is the default one. Default: behind the others.")
    parser.add_argument(
        "--credential",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="A credential, for keys that need no secrecy. Repeat it for more than one.",
    )
    parser.add_argument("--credential-stdin", action="store_true", help="Read credentials from standard input.")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="An option of the gateway; true, false and numbers are read as such. Repeat it for more than one.",
    )
    parser.add_argument("--check", action="store_true", help="Ask the gateway whether the credentials are good.")


def options_given(options: Mapping[str, Any]) -> dict[str, Any]:
    """What ``--option`` said, by name."""
    return {name: _value(text) for name, text in options["option"]}


def refusal(error: InvalidInput) -> CommandError:
    """Every fault, in one line."""
    return CommandError(" ".join(f"{issue.field}: {issue.message}" for issue in error.issues))


@sensitive_variables()
def credentials_given(options: Mapping[str, Any], backend: str) -> dict[str, str]:
    """The credentials of ``backend`` from the environment, and from the options, which go before it."""
    given = dict(options["credential"])
    if options["credential_stdin"]:
        given |= dict(_line(line) for line in sys.stdin.read().splitlines() if line.strip())
    try:
        names = backend_of(backend).credential_names
    except UnknownBackend:
        names = ()
    from_environment = {name: os.environ.get(VARIABLE + name.upper(), "") for name in names}
    return {name: value for name, value in from_environment.items() if value} | given


@sensitive_variables()
def _line(line: str) -> tuple[str, str]:
    try:
        return _pair(line)
    except ArgumentTypeError as error:
        # Never the line itself: it may be a secret without a name.
        raise CommandError("A line of standard input is not of the form name=value.") from error


@sensitive_variables()
def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (name.strip() and separator):
        raise ArgumentTypeError("Must have the form NAME=VALUE.")
    return name.strip(), value.strip()


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int) else text
