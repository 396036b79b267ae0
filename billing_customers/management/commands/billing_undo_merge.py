from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing_customers.actors import Actor
from billing_customers.management.told import refusals, site_of
from billing_customers.models import BillingSite, CustomerMerge
from billing_customers.operations.merging import undo_merge


class Command(BaseCommand):
    help = (
        "Has a job undo a merge, and prints its id, alone, on standard output. The job undoes it as a whole or not at "
        "all: while nothing that was moved has changed since."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("merge", help="Id of the merge, as billing_merge and the API tell it.")
        parser.add_argument("--site", metavar="SLUG", help="Only a merge of this site. Default: of whichever has it.")

    def handle(self, *args: Any, **options: Any) -> None:
        site = _site_of_merge(options["site"], options["merge"])
        with refusals():
            merge = undo_merge(
                site=site,
                merge_id=options["merge"],
                actor=Actor("system", "billing_undo_merge"),
                at=timezone.now(),
            )
        self.stderr.write(
            f"{merge.public_id}: {merge.source.public_id} out of {merge.target.public_id} again, "
            f"{merge.get_status_display()}. A worker undoes it: billing_worker --once."
        )
        self.stdout.write(merge.public_id)


def _site_of_merge(slug: str | None, merge_id: str) -> BillingSite:
    """The site that has the merge. Raises ``CommandError`` for none, and for more than one."""
    # The index begins with the site, so the sites are named even though it is all of them.
    sites = list(BillingSite.objects.order_by("slug")) if slug is None else [site_of(slug)]
    merges = CustomerMerge.objects.filter(site__in=sites, public_id=merge_id)
    having = list(merges.order_by("site__slug").values_list("site__slug", flat=True)[:2])
    if not having:
        raise CommandError(f"There is no merge {merge_id}" + (f" in {slug}." if slug else "."))
    if len(having) > 1:
        raise CommandError(f"More than one site has a merge {merge_id}: name one with --site.")
    return next(site for site in sites if site.slug == having[0])
