"""Make and change sites."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction

from billing_customers import currencies, places
from billing_customers.exceptions import DuplicateId, InvalidInput, InvalidState, Issue
from billing_customers.models import BillingSite, EventClock, SiteLock
from billing_customers.models.access import SIDES, Access
from billing_customers.operations import locks
from billing_customers.operations.access import checked_access
from billing_customers.operations.gateway_accounts import default_test_gateway

_SLUG = re.compile(r"\A[a-z0-9][a-z0-9_-]{0,49}\Z")


class SiteSettings(TypedDict, total=False):
    default_currency: str
    phone_region: str
    forbids_duplicate_emails: bool
    follows_merged_ids: bool
    # By the names of the contract; what is not named stays.
    parent_account_access: dict[str, Any]
    child_account_access: dict[str, Any]


def create_site(
    *,
    slug: str,
    livemode: bool = False,
    project: str | None = None,
    at: datetime,
    **settings: Unpack[SiteSettings],
) -> BillingSite:
    """Make a site and return it. A test site has an account with the test gateway.

    Without a ``project``, it is the slug less ``-test``, if that project has no site of this mode yet, else the slug.
    Raises :class:`InvalidInput`, and :class:`DuplicateId` when the slug is taken.
    """
    for field, value in (("slug", slug), ("project", project or slug)):
        if not _SLUG.match(value):
            raise InvalidInput(
                [Issue(field, "Must be 1 to 50 of a-z, 0-9, - and _, and begin with a letter or digit.")]
            )
    _check_settings(settings)
    try:
        with transaction.atomic(using=locks.database()):
            return _insert(slug, livemode, project, at, settings)
    except IntegrityError as error:
        # Another process made it between the look and the INSERT.
        raise _exists(slug) from error


def ensure_site(*, slug: str, livemode: bool = False, at: datetime) -> tuple[BillingSite, bool]:
    """The site with this slug, made if it is missing, and whether it is new.

    Raises :class:`InvalidState` when it exists in the other mode: a site never changes its mode.
    """
    site = BillingSite.objects.filter(slug=slug).first()
    if site is None:
        try:
            return create_site(slug=slug, livemode=livemode, at=at), True
        except (DuplicateId, InvalidInput):
            # Another process may just have made it.
            site = BillingSite.objects.filter(slug=slug).first()
            if site is None:
                raise
    if site.livemode != livemode:
        mode = "live" if site.livemode else "test"
        raise InvalidState(f"The site {slug} exists as a {mode} site; the mode of a site cannot be changed.")
    return site, False


def update_site(*, site: BillingSite, **settings: Unpack[SiteSettings]) -> BillingSite:
    """Change a site's settings; return it. Slug, project and mode stay. Raises :class:`InvalidInput`."""
    _check_settings(settings)
    for field, value in {**settings, **_access(site, settings)}.items():
        setattr(site, field, value)
    site.save(update_fields=list(settings))
    return site


def _insert(slug: str, livemode: bool, project: str | None, at: datetime, settings: SiteSettings) -> BillingSite:
    if BillingSite.objects.filter(slug=slug).exists():
        raise _exists(slug)
    project = project or _free_project(slug, livemode)
    if BillingSite.objects.filter(project=project, livemode=livemode).exists():
        raise InvalidInput([Issue("project", "This project has a site of this mode already.")])
    given = {**settings, **_access(BillingSite(), settings)}
    site = BillingSite(slug=slug, project=project, livemode=livemode, created_at=at, **given)
    site.save(force_insert=True)
    SiteLock(site=site).save(force_insert=True)
    EventClock(site=site).save(force_insert=True)
    if not livemode:
        default_test_gateway(site, at)
    return site


def _exists(slug: str) -> DuplicateId:
    return DuplicateId(f"The site {slug} exists already.", param="slug")


def _free_project(slug: str, livemode: bool) -> str:
    project = slug.removesuffix("-test") or slug
    taken = BillingSite.objects.filter(project=project, livemode=livemode).exists()
    return slug if taken else project


def _access(site: BillingSite, settings: SiteSettings) -> dict[str, Access]:
    """The access settings that are given, with the rest of the site's."""
    given = checked_access({side: settings[side] for side in SIDES if side in settings})  # type: ignore[literal-required]
    return {side: getattr(site, side) | said for side, said in given.items()}


def _check_settings(settings: SiteSettings) -> None:
    checked_access({side: settings[side] for side in SIDES if side in settings})  # type: ignore[literal-required]
    issues = []
    if not currencies.is_currency(settings.get("default_currency", "USD")):
        issues.append(Issue("default_currency", "Must be an ISO 4217 currency code, such as USD."))
    if not places.is_country(settings.get("phone_region", "IL")):
        issues.append(Issue("phone_region", "Must be an ISO 3166 country code of two letters, such as IL."))
    if issues:
        raise InvalidInput(issues)
