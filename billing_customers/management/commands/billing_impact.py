from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from billing_customers.management.outlook import lines_of
from billing_customers.management.told import refusals, site_of
from billing_customers.queries.impact import OPERATIONS, impact_of


class Command(BaseCommand):
    help = (
        "Tells what an operation would do to a customer: what speaks against it, and what would change. Changes "
        "nothing and locks nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("site", help="Slug of the site, such as acme-test.")
        parser.add_argument("customer", help="Id of the customer.")
        parser.add_argument("operation", choices=OPERATIONS)
        parser.add_argument("--to", metavar="ID", help="The customer that it would be merged into.")
        parser.add_argument("--parent", metavar="ID", help="The customer that it would be linked to.")
        parser.add_argument("--payment-owner", metavar="ID", help="Who would pay for it once it is linked.")
        parser.add_argument("--invoice-owner", metavar="ID", help="Who would be invoiced for it once it is linked.")
        parser.add_argument(
            "--cancel-subscriptions",
            action="store_true",
            help="A deletion that cancels the subscriptions first, as Chargebee's does.",
        )
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        site = site_of(options["site"])
        with refusals():
            found = impact_of(
                site,
                options["customer"],
                options["operation"],
                to_customer_id=options["to"],
                parent_id=options["parent"],
                payment_owner_id=options["payment_owner"],
                invoice_owner_id=options["invoice_owner"],
                cancels_subscriptions=options["cancel_subscriptions"],
            )
        lines = [json.dumps(asdict(found), indent=2, ensure_ascii=False)] if options["json"] else lines_of(found)
        for line in lines:
            self.stdout.write(line)
