from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from billing_customers.choices import Scope
from billing_customers.exceptions import BillingError
from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key


class Command(BaseCommand):
    help = "Makes an API key and prints it, alone, on standard output. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The site that the key opens.")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="What the key may do; repeat it for more than one. 'write' includes 'read'. Default: read.",
        )
        parser.add_argument("--name", default="", help="Who or what uses it, such as 'checkout server'.")
        parser.add_argument("--expires-at", type=_aware, help="ISO 8601, such as 2027-01-31T00:00:00Z. Default: never.")

    def handle(self, *args: Any, **options: Any) -> None:
        site = BillingSite.objects.filter(slug=options["slug"]).first()
        if site is None:
            raise CommandError(f"There is no site {options['slug']}. Make it with billing_create_site.")
        try:
            key, text = create_api_key(
                site=site,
                scopes=options["scope"] or [Scope.READ],
                name=options["name"],
                expires_at=options["expires_at"],
                at=timezone.now(),
            )
        except BillingError as error:
            raise CommandError(error.message) from error
        self.stderr.write(
            f"{key.hint}: a key of {site.slug} with the scopes {key.scopes}. Keep it; only this once is it shown."
        )
        self.stdout.write(text)


def _aware(text: str) -> datetime:
    at = parse_datetime(text)
    if at is None:
        raise ValueError(text)
    return at if timezone.is_aware(at) else timezone.make_aware(at)
