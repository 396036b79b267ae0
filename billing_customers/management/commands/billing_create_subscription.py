from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing_customers.choices import SubscriptionStatus
from billing_customers.management.told import refusals, site_of
from billing_customers.operations.documents import create_subscription


class Command(BaseCommand):
    help = "Makes a subscription of a customer and prints its id, alone, on standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The site.")
        parser.add_argument("customer", help="The id of the customer.")
        parser.add_argument("--status", help=f"Required: one of {', '.join(SubscriptionStatus.values)}.")
        parser.add_argument("--currency", help="An ISO 4217 code. Default: the customer's.")
        parser.add_argument("--id", help="The id of the subscription. Default: one is made.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["status"]:
            raise CommandError("--status is required.")
        site = site_of(options["slug"])
        with refusals():
            subscription = create_subscription(
                site=site,
                customer_public_id=options["customer"],
                status=options["status"],
                currency=options["currency"],
                public_id=options["id"],
                at=timezone.now(),
            )
        self.stderr.write(f"{subscription.public_id}: {subscription.status}.")
        self.stdout.write(subscription.public_id)
