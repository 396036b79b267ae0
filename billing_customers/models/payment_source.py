from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import FundingType, PaymentMethodType, PaymentSourceStatus
from billing_customers.models.customer import Customer
from billing_customers.models.gateway import GatewayAccount
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet


class PaymentSourceQuerySet(SiteScopedQuerySet["PaymentSource"]):
    def attached(self) -> Self:
        """Without those that were detached."""
        return self.filter(deleted_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class PaymentSource(models.Model):
    """A card, a bank account or the like, kept in a gateway's vault: of the card itself only what a receipt shows.

    Which one is primary and which is backup stands in the customer's row.
    """

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="payment_sources", verbose_name=_("customer")
    )
    public_id = models.CharField(_("id"), max_length=40)
    gateway_account = models.ForeignKey(
        GatewayAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("gateway account")
    )
    # As shown: it outlives a change of the account.
    gateway = models.CharField(_("gateway"), max_length=50)
    type = models.CharField(_("type"), max_length=40, choices=PaymentMethodType.choices)
    status = models.CharField(
        _("status"), max_length=20, choices=PaymentSourceStatus.choices, default=PaymentSourceStatus.VALID
    )
    reference_id = models.CharField(_("reference"), max_length=200, help_text=_("What the gateway calls it."))
    issuing_country = models.CharField(_("issuing country"), max_length=2, blank=True)

    # A card. The number and the security code are stored nowhere.
    brand = models.CharField(_("brand"), max_length=30, blank=True)
    last4 = models.CharField(_("last four digits"), max_length=4, blank=True)
    iin = models.CharField(_("issuer number"), max_length=6, blank=True)
    number_length = models.PositiveSmallIntegerField(default=16, editable=False)
    expiry_month = models.PositiveSmallIntegerField(_("expiry month"), null=True)
    expiry_year = models.PositiveSmallIntegerField(_("expiry year"), null=True)
    funding_type = models.CharField(
        _("funding"), max_length=20, choices=FundingType.choices, default=FundingType.NOT_KNOWN
    )
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    billing_address = models.JSONField(_("billing address"), null=True, editable=False)

    # A bank account; last4 are the last digits of its number.
    bank_name = models.CharField(_("bank"), max_length=100, blank=True)
    account_type = models.CharField(_("account type"), max_length=30, blank=True)
    account_holder_type = models.CharField(_("account holder"), max_length=20, blank=True)

    metadata = models.JSONField(_("metadata"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)
    resource_version = models.BigIntegerField(_("version"), editable=False)
    deleted_at = models.DateTimeField(_("detached at"), null=True, editable=False)

    objects = models.Manager.from_queryset(PaymentSourceQuerySet)()

    class Meta:
        verbose_name = _("payment source")
        verbose_name_plural = _("payment sources")
        constraints = [models.UniqueConstraint(fields=["site", "public_id"], name="bc_source_public_id")]
        indexes = [
            models.Index(fields=["site", "customer", "created_at", "id"], name="bc_source_customer"),
            models.Index(fields=["site", "created_at", "id"], name="bc_source_created"),
            models.Index(fields=["site", "updated_at", "id"], name="bc_source_updated"),
            # Whether a reference is anybody's, in any site: two may share an account with a gateway.
            models.Index(fields=["reference_id"], name="bc_source_reference"),
            # For the job that looks for cards at their end.
            models.Index(
                fields=["expiry_year", "expiry_month"], name="bc_source_expiry", condition=models.Q(deleted_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def masked_number(self) -> str:
        """Stars and the last four digits, as long as the number: ``************1111``."""
        return masked_number(self.last4, self.number_length)


def masked_number(last4: str, length: int) -> str:
    """Stars up to ``length``, then the last four digits; empty without them."""
    return "*" * max(0, length - len(last4)) + last4 if last4 else ""
