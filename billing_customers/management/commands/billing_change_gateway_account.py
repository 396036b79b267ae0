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
from billing_customers.models import BillingSite, GatewayAccount
from billing_customers.operations.gateway_accounts import (
    AccountSettings,
    check_gateway_account,
    disable_gateway_account,
    enable_gateway_account,
    update_gateway_account,
)


class Command(BaseCommand):
    help = (
        "Changes an account with a payment gateway: what is named, and nothing else. Credentials come from the "
        f"environment ({VARIABLE}API_KEY for api_key) or, with --credential-stdin, as lines name=value from standard "
        "input. With --check it is enabled only if the gateway says that they are good."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The site that has it.")
        parser.add_argument("account", help="The id of the account, gw_…")
        add_gateway_options(parser)
        switch = parser.add_mutually_exclusive_group()
        switch.add_argument("--enable", action="store_true", help="Let it take new payment sources.")
        switch.add_argument("--disable", action="store_true", help="Let it take no new payment sources.")

    @sensitive_variables()
    def handle(self, *args: Any, **options: Any) -> None:
        account = GatewayAccount.objects.filter(site__slug=options["slug"], public_id=options["account"])
        found = account.select_related("site").first()
        if found is None:
            raise CommandError(f"The site {options['slug']} has no gateway account {options['account']}.")
        where: dict[str, Any] = {"site": found.site, "public_id": found.public_id}
        try:
            settings = _settings(found, options)
            if settings:
                update_gateway_account(**where, **settings, at=timezone.now())
            if options["disable"]:
                disable_gateway_account(**where, at=timezone.now())
            if options["check"]:
                check_gateway_account(**where)
            if options["enable"]:
                enable_gateway_account(**where, at=timezone.now())
        except InvalidInput as error:
            raise refusal(error) from error
        except BillingError as error:
            raise CommandError(f"{found.public_id} does not work: {error.message}") from error
        self.stdout.write(_told(found.site, found.public_id))


@sensitive_variables()
def _settings(account: GatewayAccount, options: dict[str, Any]) -> AccountSettings:
    settings: AccountSettings = {}
    if options["name"] is not None:
        settings["name"] = options["name"]
    if options["position"] is not None:
        settings["position"] = options["position"]
    if options["option"]:
        settings["options"] = options_given(options)
    credentials = credentials_given(options, account.backend)
    if credentials:
        settings["credentials"] = credentials
    return settings


def _told(site: BillingSite, public_id: str) -> str:
    account = GatewayAccount.objects.for_site(site).get(public_id=public_id)
    state = "enabled" if account.disabled_at is None else "disabled"
    return f"{account.public_id}: {account.backend}, position {account.position}, {state}"
