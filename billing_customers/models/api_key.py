from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import Scope
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class ApiKey(models.Model):
    """A secret that opens one site. Only the SHA-256 digest of its 96 characters is stored.

    The text carries more than 256 random bits, so a fast unsalted digest cannot be turned back.
    """

    site = models.ForeignKey(BillingSite, on_delete=models.PROTECT, related_name="api_keys", verbose_name=_("site"))
    name = models.CharField(
        _("name"), max_length=100, blank=True, help_text=_("Who or what uses it, such as 'checkout server'.")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(
        _("hint"), max_length=20, editable=False, help_text=_("The first and the last characters of the key.")
    )
    scopes = models.CharField(
        _("scopes"), max_length=200, default=Scope.READ, help_text=_("Separated by blanks. 'write' includes 'read'.")
    )
    created_at = models.DateTimeField(_("created at"), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True, help_text=_("Empty: never."))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    last_used_at = models.DateTimeField(
        _("last used at"), null=True, editable=False, help_text=_("To the minute, not to the second.")
    )
    successor = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.SET_NULL, related_name="+", verbose_name=_("rolled into")
    )
    throttle_window = models.BigIntegerField(default=0, editable=False)
    throttle_calls = models.PositiveIntegerField(default=0, editable=False)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["ApiKey"])()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["site", "-created_at"], name="bc_api_key_site")]

    def __str__(self) -> str:
        return self.hint

    @property
    def scope_set(self) -> frozenset[str]:
        """The granted scopes; ``write`` brings ``read`` with it."""
        granted = set(self.scopes.split())
        if Scope.WRITE in granted:
            granted.add(Scope.READ)
        return frozenset(granted)

    def is_usable(self, at: datetime) -> bool:
        """Whether the key opens its site at ``at``."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)
