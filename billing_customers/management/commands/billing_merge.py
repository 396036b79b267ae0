from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing_customers.actors import Actor
from billing_customers.exceptions import NotFound
from billing_customers.management.outlook import lines_of
from billing_customers.management.told import refusals, site_of
from billing_customers.models import BillingSite
from billing_customers.models.merge import MergeStatus
from billing_customers.operations.merging import merge_customers
from billing_customers.queries.impact import impact_of


class Command(BaseCommand):
    help = (
        "Has a job merge one customer into another, and prints the id of the merge, alone, on standard output. With "
        "--dry-run it tells what speaks against it and what would move, and changes nothing; it exits 1 if the merge "
        "would be refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="from", help="Id of the customer that is merged away.")
        parser.add_argument("target", metavar="to", help="Id of the customer that stays.")
        parser.add_argument("--site", required=True, metavar="SLUG", help="The site of both, such as acme-test.")
        parser.add_argument("--dry-run", action="store_true", help="Only tell what it would do.")

    def handle(self, *args: Any, **options: Any) -> None:
        site = site_of(options["site"])
        look = self._foretell if options["dry_run"] else self._schedule
        with refusals():
            look(site, options["source"], options["target"])

    def _foretell(self, site: BillingSite, source: str, target: str) -> None:
        found = impact_of(site, source, "merge", to_customer_id=target)
        for line in lines_of(found):
            self.stdout.write(line)
        if found.blockers:
            raise SystemExit(1)

    def _schedule(self, site: BillingSite, source: str, target: str) -> None:
        try:
            customer, merge = merge_customers(
                site=site, from_id=source, to_id=target, actor=Actor("system", "billing_merge"), at=timezone.now()
            )
        except NotFound as error:
            missing = target if error.param == "to_customer_id" else source
            raise CommandError(f"There is no customer {missing} in {site.slug}.") from error
        waits = " A worker makes it: billing_worker --once." if merge.status == MergeStatus.SCHEDULED else ""
        told = f"{merge.source.public_id} into {customer.public_id}, {merge.get_status_display()}."
        self.stderr.write(f"{merge.public_id}: {told}{waits}")
        self.stdout.write(merge.public_id)
