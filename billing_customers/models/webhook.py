from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import DialectName, DisabledReason
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet

EVERY_EVENT = "*"


class WebhookEndpointQuerySet(SiteScopedQuerySet["WebhookEndpoint"]):
    def kept(self) -> Self:
        """Without those that were deleted."""
        return self.filter(deleted_at=None)

    def recording(self) -> Self:
        """Those that events are gathered for: all but the deleted and the disabled by hand."""
        return self.kept().exclude(disabled_reason=DisabledReason.MANUAL)


class WebhookEndpoint(models.Model):
    """A URL that gets a site's events, in one dialect, signed.

    Its health is a breaker: after several failures in a row ``opened_at`` is set, and from then on one delivery at a
    time probes it, at ``probe_at``.
    """

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="webhook_endpoints", verbose_name=_("site")
    )
    public_id = models.CharField(_("id"), max_length=50)
    number = models.PositiveIntegerField(_("number"), help_text=_("CHING's id: 1, 2, 3 … for each site."))
    dialect = models.CharField(
        _("dialect"), max_length=20, choices=DialectName.choices, help_text=_("The contract its events are written in.")
    )
    name = models.CharField(_("name"), max_length=50, blank=True)
    description = models.CharField(_("description"), max_length=250, blank=True)
    url = models.CharField(_("URL"), max_length=2048)
    # Names in the words of the dialect, or ["*"].
    events = models.JSONField(_("events"), default=list)
    is_primary = models.BooleanField(_("primary"), default=False)
    sends_card = models.BooleanField(_("send card resource"), default=False)
    response_schema = models.CharField(_("response schema"), max_length=20, blank=True)
    basic_auth_username = models.CharField(_("basic auth user"), max_length=250, blank=True)
    basic_auth_password = models.TextField(_("basic auth password"), blank=True, editable=False)

    disabled_at = models.DateTimeField(_("disabled at"), null=True, editable=False)
    disabled_reason = models.CharField(
        _("disabled"), max_length=20, blank=True, choices=DisabledReason.choices, editable=False
    )
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    # The lane of the first failure of the row; null once a second lane failed too.
    failing_lane = models.BigIntegerField(null=True, editable=False)
    opened_at = models.DateTimeField(_("breaker open since"), null=True, editable=False)
    probes = models.PositiveIntegerField(_("probes"), default=0, editable=False)
    probe_at = models.DateTimeField(_("next probe at"), null=True, editable=False)
    last_success_at = models.DateTimeField(_("last success at"), null=True, editable=False)
    last_failure_at = models.DateTimeField(_("last failure at"), null=True, editable=False)
    alerted_at = models.DateTimeField(_("last alert at"), null=True, editable=False)

    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)
    resource_version = models.BigIntegerField(_("version"), editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)

    objects = models.Manager.from_queryset(WebhookEndpointQuerySet)()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            models.UniqueConstraint(fields=["site", "public_id"], name="bc_endpoint_public_id"),
            models.UniqueConstraint(fields=["site", "number"], name="bc_endpoint_number"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None and self.deleted_at is None

    def wants(self, name: str) -> bool:
        """Whether an event of this name (in the words of the dialect) is selected."""
        return EVERY_EVENT in self.events or name in self.events


class WebhookSecret(models.Model):
    """A signing secret of an endpoint, sealed. After a rotation the old one signs too until ``expires_at``."""

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets")
    sealed = models.TextField(editable=False)
    hint = models.CharField(_("hint"), max_length=20, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, editable=False)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["WebhookSecret"])()

    class Meta:
        verbose_name = _("webhook secret")
        verbose_name_plural = _("webhook secrets")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.hint

    def is_live(self, at: datetime) -> bool:
        """Whether it signs what is sent at ``at``."""
        return self.expires_at is None or self.expires_at > at
