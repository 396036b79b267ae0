"""The one door to rows of a tenant: ``Model.objects.for_site(site)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from billing_customers.models import BillingSite

M = TypeVar("M", bound=models.Model)


class SiteScopedQuerySet(models.QuerySet[M]):
    """Rows that belong to a site. Every read and write starts here, so a foreign row is never in sight."""

    def for_site(self, site: BillingSite | int) -> Self:
        """Keep the rows of ``site`` (a :class:`BillingSite` or its primary key)."""
        return self.filter(site_id=site if isinstance(site, int) else site.pk)
