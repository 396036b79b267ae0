from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from billing_customers.exceptions import BillingError, InvalidInput
from billing_customers.management.gateway_options import (
    VARIABLE,
    add_gateway_options,
    credentials_given,
    options_given,
    refusal,
)
from billing_customers.models import BillingSite
from billing_customers.operations.gateway_accounts import (
    check_gateway_account,
    create_gateway_account,
    disable_gateway_account,
)


class Command(BaseCommand):
    help = (
        "Makes an account of a site with a payment gateway and prints its id, alone, on standard output. Credentials "
        f"come from the environment ({VARIABLE}API_KEY for api_key) or, with --credential-stdin, as lines name=value "
        "from standard input: arguments are seen by whoever lists the processes, and kept by the shell."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The site that gets it.")
        parser.add_argument("backend", help="The gateway: test, stripe, or a name of the setting GATEWAYS.")
        add_gateway_options(parser)

    @sensitive_variables()
    def handle(self, *args: Any, **options: Any) -> None:
        site = BillingSite.objects.filter(slug=options["slug"]).first()
        if site is None:
            raise CommandError(f"There is no site {options['slug']}. Make it with billing_create_site.")
        try:
            account = create_gateway_account(
                site=site,
                backend=options["backend"],
                name=options["name"] or "",
                position=options["position"],
                credentials=credentials_given(options, options["backend"]),
                options=options_given(options),
                at=timezone.now(),
            )
        except InvalidInput as error:
            raise refusal(error) from error
        self.stdout.write(account.public_id)
        if options["check"]:
            self._check(site, account.public_id)

    def _check(self, site: BillingSite, public_id: str) -> None:
        try:
            check_gateway_account(site=site, public_id=public_id)
        except BillingError as error:
            disable_gateway_account(site=site, public_id=public_id, at=timezone.now())
            raise CommandError(
                f"{public_id} is made, and does not work: {error.message} It is disabled; mend it with "
                f"billing_change_gateway_account {site.slug} {public_id}, and --enable."
            ) from error
