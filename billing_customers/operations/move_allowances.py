"""Which sites may take customers from which: none, until whoever runs the installation says so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.models import BillingSite, MoveAllowance
from billing_customers.operations import locks


def allow_moves(*, site: BillingSite, from_site: BillingSite, at: datetime) -> tuple[MoveAllowance, bool]:
    """Let ``site`` take copies of customers of ``from_site``; return the allowance, and whether it is new.

    The other way round is another allowance. Raises :class:`InvalidInput` for one site, and for sites of different
    modes: what a test site has, its cards above all, is nothing that a live one may charge, and a live site's people
    are no test data.
    """
    if site.pk == from_site.pk:
        raise InvalidInput([Issue("from_site", "Must be another site.")])
    if site.livemode != from_site.livemode:
        raise InvalidInput([Issue("from_site", "Must be a site of the same mode: both live, or both for tests.")])
    with transaction.atomic(using=locks.database()):
        allowances = MoveAllowance.objects.using(locks.database())
        return allowances.get_or_create(site=site, from_site=from_site, defaults={"created_at": at})


def revoke_moves(*, site: BillingSite, from_site: BillingSite) -> bool:
    """Let ``site`` take no more customers of ``from_site``; whether it could. What is scheduled fails; copies stay."""
    allowances = MoveAllowance.objects.using(locks.database()).for_site(site)
    removed, _ = allowances.filter(from_site=from_site).delete()
    return bool(removed)
