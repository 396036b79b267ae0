"""Which sites a site may take customers from, and what became of those that it asked for."""

from __future__ import annotations

from django.db.models import Q

from billing_customers.models import BillingSite, MigrationStatus, MoveAllowance, ResourceMigration
from billing_customers.models.job import ALIVE

CUSTOMER = "customer"
GIVEN_UP = "It was given up. Ask for it again."


def find_source(site: BillingSite, slug: str, *, using: str | None = None) -> BillingSite | None:
    """The site called ``slug``, if customers of it may be moved to ``site``: one of the same mode, with an allowance.

    Whether there is a site of that name, nobody learns who has no allowance.
    """
    allowances = MoveAllowance.objects.using(using).for_site(site).select_related("from_site")
    found = allowances.filter(from_site__slug=slug, from_site__livemode=site.livemode).first()
    return None if found is None else found.from_site


def sites_moved_between(site: BillingSite) -> tuple[list[str], list[str]]:
    """The slugs of the sites that customers may be moved from, and of those that they may be moved to."""
    # Both ends of an allowance may know of it.
    both = MoveAllowance.objects.filter(Q(site=site) | Q(from_site=site)).order_by("pk")
    pairs = list(both.values_list("site_id", "site__slug", "from_site__slug"))
    sources = [source for target, _, source in pairs if target == site.pk]
    return sources, [slug for target, slug, _ in pairs if target != site.pk]


def latest_migration(
    site: BillingSite, *, from_site: str, entity_id: str, entity_type: str = CUSTOMER
) -> ResourceMigration | None:
    """The last time that ``site`` asked for the customer ``entity_id`` of the site called ``from_site``.

    What still waits while its job has ended, in whatever way, has failed.
    """
    asked = ResourceMigration.objects.for_site(site).select_related("from_site", "job")
    asked = asked.filter(from_site__slug=from_site, entity_type=entity_type, entity_id=entity_id)
    found = asked.order_by("-pk").first()
    if found is None or found.status != MigrationStatus.SCHEDULED:
        return found
    if found.job is None or found.job.status not in ALIVE:
        found.status, found.errors = MigrationStatus.FAILED, GIVEN_UP
    return found
