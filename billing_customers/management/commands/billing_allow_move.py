from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from billing_customers.management.told import refusals, site_of
from billing_customers.operations.move_allowances import allow_moves, revoke_moves


class Command(BaseCommand):
    help = (
        "Lets a site take copies of another site's customers, with what they pay with. Both must be of one mode: both "
        "live, or both for tests. The other way round is a command of its own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("from_site", help="The site that the customers are in.")
        parser.add_argument("to_site", help="The site that they may be moved to; its API keys ask for them.")
        parser.add_argument("--revoke", action="store_true", help="Allow it no more. Copies that were made stay.")

    def handle(self, *args: Any, **options: Any) -> None:
        source, target = site_of(options["from_site"]), site_of(options["to_site"])
        way = f"from {source.slug} to {target.slug}"
        if options["revoke"]:
            was_allowed = revoke_moves(site=target, from_site=source)
            said = "can no longer" if was_allowed else "could not"
            self.stdout.write(f"Customers {said} be moved {way}.")
            return
        with refusals():
            _, is_new = allow_moves(site=target, from_site=source, at=timezone.now())
        self.stdout.write(f"Customers can {'now' if is_new else 'already'} be moved {way}.")
