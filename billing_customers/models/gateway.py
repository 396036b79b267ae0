from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import GatewayBackend
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class GatewayAccountQuerySet(SiteScopedQuerySet["GatewayAccount"]):
    def usable(self) -> GatewayAccountQuerySet:
        """Those that take new payment sources, the default one first."""
        return self.filter(disabled_at=None).order_by("position", "id")


class GatewayAccount(models.Model):
    """A site's account with a payment gateway. Its credentials are sealed, and shown to nobody."""

    site = models.ForeignKey(
        BillingSite,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="gateway_accounts",
        verbose_name=_("site"),
    )
    public_id = models.CharField(_("id"), max_length=50)
    # A name of the setting GATEWAYS, so no choices: hosts bring their own.
    backend = models.CharField(_("gateway"), max_length=50, help_text=_("test, stripe, or one that the host added."))
    name = models.CharField(_("name"), max_length=100, blank=True)
    # JSON, as the adapter wants it.
    sealed_credentials = models.TextField(editable=False, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("The lowest is used when a request names no gateway account.")
    )
    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)
    disabled_at = models.DateTimeField(_("disabled at"), null=True, editable=False)

    objects = models.Manager.from_queryset(GatewayAccountQuerySet)()

    class Meta:
        verbose_name = _("gateway account")
        verbose_name_plural = _("gateway accounts")
        constraints = [models.UniqueConstraint(fields=["site", "public_id"], name="bc_gateway_public_id")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def shown_gateway(self) -> str:
        """The gateway as Chargebee names it: its own test gateway is ``chargebee``."""
        return "chargebee" if self.backend == GatewayBackend.TEST else self.backend


class TestGatewayCharge(models.Model):
    """What the test gateway has charged: its side of the matter, which no rollback of ours undoes."""

    __test__ = False  # no test case, whatever pytest makes of its name

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=100)
    public_id = models.CharField(max_length=50)
    reference = models.CharField(max_length=200)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # A value of gateways.base.ChargeStatus.
    status = models.CharField(max_length=20)
    created_at = models.DateTimeField()

    objects = models.Manager.from_queryset(SiteScopedQuerySet["TestGatewayCharge"])()

    class Meta:
        verbose_name = _("charge of the test gateway")
        verbose_name_plural = _("charges of the test gateway")
        constraints = [models.UniqueConstraint(fields=["site", "key"], name="bc_test_charge_key")]

    def __str__(self) -> str:
        return self.public_id
