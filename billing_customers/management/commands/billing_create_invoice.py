from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing_customers.management.told import moment, refusals, site_of, whole_number
from billing_customers.operations.documents import OPEN_STATUSES, create_invoice


class Command(BaseCommand):
    help = "Makes an invoice of a customer and prints its id, alone, on standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="The site.")
        parser.add_argument("customer", help="The id of the customer.")
        parser.add_argument("--total", help="Required: in minor units of the currency, such as cents.")
        parser.add_argument("--currency", help="Required: an ISO 4217 code, such as USD.")
        parser.add_argument("--due-at", help="ISO 8601, such as 2027-01-31T00:00:00Z. Default: never.")
        parser.add_argument("--status", help=f"One of {', '.join(OPEN_STATUSES)}. Default: payment_due.")
        parser.add_argument("--apply-credits", action="store_true", help="Use credits and excess payments for it.")
        parser.add_argument("--subscription", help="The id of the subscription that it is for.")
        parser.add_argument("--id", help="The id of the invoice. Default: one is made.")

    def handle(self, *args: Any, **options: Any) -> None:
        total, due_at = whole_number("--total", options["total"]), moment("--due-at", options["due_at"])
        if not options["currency"]:
            raise CommandError("--currency is required.")
        site = site_of(options["slug"])
        with refusals():
            invoice = create_invoice(
                site=site,
                customer_public_id=options["customer"],
                total=total,
                currency=options["currency"],
                due_at=due_at,
                subscription_id=options["subscription"],
                status=options["status"],
                apply_credits=options["apply_credits"],
                public_id=options["id"],
                at=timezone.now(),
            )
        self.stderr.write(f"{invoice.public_id}: {invoice.status}, {invoice.amount_due} {invoice.currency} due.")
        self.stdout.write(invoice.public_id)
