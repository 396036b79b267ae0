from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from billing_customers.exceptions import BillingError, InvalidInput
from billing_customers.gateways.registry import UnknownBackend, backend_of
from billing_customers.models import BillingSite
from billing_customers.operations.gateway_accounts import check_gateway_account, create_gateway_account

VARIABLE = "BILLING_GATEWAY_"


class Command(BaseCommand):
    help = (
        "Makes an account of a site with a payment gateway and prints its id, alone, on standard output. Credentials "
        f"come from the environment ({VARIABLE}API_KEY for api_key) or, with --credential-stdin, as lines name=value "
        "from standard input: arguments are seen by whoever lists the processes, and kept by the shell."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The site that gets it.")
        parser.add_argument("backend", help="The gateway: test, stripe, or a name of the setting GATEWAYS.")
        parser.add_argument("--name", default="", help="What staff call it.")
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

    @sensitive_variables()
    def handle(self, *args: Any, **options: Any) -> None:
        site = BillingSite.objects.filter(slug=options["slug"]).first()
        if site is None:
            raise CommandError(f"There is no site {options['slug']}. Make it with billing_create_site.")
        try:
            account = create_gateway_account(
                site=site,
                backend=options["backend"],
                name=options["name"],
                position=options["position"],
                credentials=_credentials(options),
                options={name: _value(text) for name, text in options["option"]},
                at=timezone.now(),
            )
        except InvalidInput as error:
            said = " ".join(f"{issue.field}: {issue.message}" for issue in error.issues)
            raise CommandError(said) from error
        self.stdout.write(account.public_id)
        if options["check"]:
            self._check(site, account.public_id)

    def _check(self, site: BillingSite, public_id: str) -> None:
        try:
            check_gateway_account(site=site, public_id=public_id)
        except BillingError as error:
            raise CommandError(f"{public_id} is made, and does not work: {error.message}") from error


@sensitive_variables()
def _credentials(options: Mapping[str, Any]) -> dict[str, str]:
    given = dict(options["credential"])
    if options["credential_stdin"]:
        given |= dict(_line(line) for line in sys.stdin.read().splitlines() if line.strip())
    try:
        names = backend_of(options["backend"]).credential_names
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
