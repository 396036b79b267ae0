from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing_customers.models import BillingSite
from billing_customers.operations.erasure_certificates import verify_erasure
from billing_customers.operations.verification import MAX_FOUND, Violation, verify_books
from billing_customers.queries.tree_faults import TreeFault, faults_of_trees


class _Found(NamedTuple):
    """What is wrong at a site: with its books, and with its account hierarchies."""

    slug: str
    violations: list[Violation]
    faults: list[TreeFault]


class Command(BaseCommand):
    help = (
        "Proves that balances, entries, payments and documents agree, and that account hierarchies are whole, site by "
        "site; with --erasure, that the personal data of a customer is still cleared, and that its certificate is "
        "right. Changes nothing and locks nothing. Exits 1 if anything is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", metavar="SLUG", help="Only this site. Default: all of them.")
        parser.add_argument("--erasure", metavar="CUSTOMER", help="The id of a customer of the site.")
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["erasure"] is not None:
            self._verify_erasure(options["site"], options["erasure"], as_json=options["json"])
            return
        found = [_Found(site.slug, verify_books(site=site), faults_of_trees(site)) for site in _sites(options["site"])]
        if options["json"]:
            self.stdout.write(json.dumps(_as_data(found), indent=2, ensure_ascii=False))
        else:
            for line in _as_text(found):
                self.stdout.write(line)
        if any(each.violations or each.faults for each in found):
            raise SystemExit(1)

    def _verify_erasure(self, slug: str | None, public_id: str, *, as_json: bool) -> None:
        if slug is None:
            raise CommandError("--erasure needs --site: an id is one of a site.")
        (site,) = _sites(slug)
        faults = verify_erasure(site=site, public_id=public_id)
        if as_json:
            said = {"site": slug, "customer": public_id, "faults": faults}
            self.stdout.write(json.dumps(said, indent=2, ensure_ascii=False))
        else:
            verdict = (
                "the erasure is not proven" if faults else "the personal data is cleared, and the certificate right"
            )
            self.stdout.write(f"{slug} {public_id}: {verdict}")
            for fault in faults:
                self.stdout.write(f"  {fault}")
        if faults:
            raise SystemExit(1)


def _sites(slug: str | None) -> list[BillingSite]:
    sites = BillingSite.objects.order_by("slug")
    found = list(sites if slug is None else sites.filter(slug=slug))
    if slug is not None and not found:
        raise CommandError(f"There is no site {slug!r}.")
    return found


def _as_text(found: list[_Found]) -> list[str]:
    lines = []
    for slug, violations, faults in found:
        lines.append(f"{slug}: the books do not add up" if violations else f"{slug}: the books add up")
        lines += [f"  {violation}" for violation in violations]
        if len(violations) >= MAX_FOUND:
            lines.append(f"  There may be more: of each statement {MAX_FOUND} are told.")
        lines.append(f"{slug}: the hierarchies are broken" if faults else f"{slug}: the hierarchies are whole")
        lines += [f"  {fault}" for fault in faults]
    return lines


def _as_data(found: list[_Found]) -> dict[str, Any]:
    return {
        "violations": sum(len(each.violations) for each in found),
        "sites": {each.slug: [violation.as_json() for violation in each.violations] for each in found},
        "faults": sum(len(each.faults) for each in found),
        "hierarchies": {each.slug: [fault.as_json() for fault in each.faults] for each in found},
    }
