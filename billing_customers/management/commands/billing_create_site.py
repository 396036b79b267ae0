from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing_customers.exceptions import BillingError
from billing_customers.operations.sites import ensure_site


class Command(BaseCommand):
    help = "Makes a site, unless it is there already. The project 'acme' has the sites 'acme' (live) and 'acme-test'."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The site's name, such as acme-test: a-z, 0-9, - and _.")
        parser.add_argument("--live", action="store_true", help="Real money. Without it the site is a test site.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            site, is_new = ensure_site(slug=options["slug"], livemode=options["live"], at=timezone.now())
        except BillingError as error:
            raise CommandError(error.message) from error
        mode = "live" if site.livemode else "test"
        said = "Made" if is_new else "There is already"
        self.stdout.write(f"{said} the {mode} site {site.slug} of the project {site.project}.")
