from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import PiiCleared
from billing_customers.exceptions import HardDeleteForbidden
from billing_customers.models.address import BillingAddressColumns
from billing_customers.models.collection import CollectionColumns
from billing_customers.models.site import BillingSite
from billing_customers.models.tax import TaxColumns
from billing_customers.phonefield import E164Field
from billing_customers.tenancy import SiteScopedQuerySet


class CustomerQuerySet(SiteScopedQuerySet["Customer"]):
    def live(self) -> Self:
        """Without tombstones."""
        return self.filter(is_live=True)

    def called(self, public_id: str) -> Self:
        """The rows with this id, the live one first, then tombstones, newest first."""
        return self.filter(public_id=public_id).order_by(models.F("is_live").desc(nulls_last=True), "-id")

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def delete(self) -> NoReturn:
        raise HardDeleteForbidden("Customers are deleted with operations.deletion.delete_customer.")


CustomerManager = models.Manager.from_queryset(CustomerQuerySet)


class Customer(BillingAddressColumns, TaxColumns, CollectionColumns):
    """One payer. Unset is null in every column that can be unset; each dialect says how it shows that."""

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="customers", verbose_name=_("site")
    )
    public_id = models.CharField(_("id"), max_length=50)
    # True, or null on a tombstone: nulls are distinct in a unique key on every database, so an id is free after
    # deletion.
    is_live = models.BooleanField(_("live"), null=True, default=True, editable=False)

    name = models.CharField(_("name"), max_length=250, null=True, blank=True, help_text=_("Display name."))
    first_name = models.CharField(_("first name"), max_length=150, null=True, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, null=True, blank=True)
    company = models.CharField(_("company"), max_length=250, null=True, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, null=True, blank=True)
    email_key = models.CharField(max_length=254, null=True, editable=False)
    phone = models.CharField(_("phone"), max_length=50, null=True, blank=True, help_text=_("As it was given."))
    phone_e164 = E164Field(_("phone (E.164)"), null=True, editable=False)
    locale = models.CharField(_("locale"), max_length=50, null=True, blank=True)
    metadata = models.JSONField(_("metadata"), null=True, blank=True)
    custom_fields = models.JSONField(_("custom fields"), null=True, blank=True)
    referral_urls = models.JSONField(_("referral URLs"), null=True, editable=False)
    created_from_ip = models.CharField(_("created from IP"), max_length=50, null=True, blank=True)
    # Kept under the customer's row lock, so that a customer without contacts costs no query for them.
    contact_count = models.PositiveSmallIntegerField(default=0, editable=False)
    # Likewise: whether there is a row of balances.
    has_balances = models.BooleanField(default=False, editable=False)
    # Likewise: whether there is a customer above it in a hierarchy, and how many are right below it.
    has_parent = models.BooleanField(default=False, editable=False)
    child_count = models.PositiveIntegerField(default=0, editable=False)
    # Public ids of payment sources, so that CHING's answers need no join. operations/payment_sources.py keeps them
    # true.
    primary_payment_source_id = models.CharField(_("primary payment source"), max_length=40, null=True, editable=False)
    backup_payment_source_id = models.CharField(_("backup payment source"), max_length=40, null=True, editable=False)
    pii_cleared = models.CharField(
        _("personal data"), max_length=20, default=PiiCleared.ACTIVE, choices=PiiCleared.choices, editable=False
    )

    resource_version = models.BigIntegerField(
        _("version"), editable=False, help_text=_("Milliseconds; rises strictly.")
    )
    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)

    # No column: set on a row that was merged into another customer just now, for whoever shows it.
    merged_into: str

    objects = CustomerManager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("erase_customer", _("Can clear the personal data of customers")),
            ("credit_customer", "Can add and deduct promotional credits of customers"),
            ("collect_customer", "Can collect invoices of customers"),
            ("merge_customer", "Can merge customers, and undo merges"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["site", "public_id", "is_live"], name="bc_customer_public_id"),
            models.CheckConstraint(
                condition=models.Q(deleted_at__isnull=True, is_live=True)
                | models.Q(deleted_at__isnull=False, is_live__isnull=True),
                name="bc_customer_live_or_deleted",
            ),
        ]
        # varchar_pattern_ops serves both equality and prefixes; other databases leave it out.
        indexes = [
            models.Index(fields=["site", "created_at", "id"], name="bc_customer_created"),
            models.Index(fields=["site", "updated_at", "id"], name="bc_customer_updated"),
            *(
                models.Index(
                    fields=["site", column], name=f"bc_customer_{label}", opclasses=["int8_ops", "varchar_pattern_ops"]
                )
                for label, column in (
                    ("id_prefix", "public_id"),
                    ("email", "email_key"),
                    ("phone", "phone"),
                    ("e164", "phone_e164"),
                    ("tax_id", "tax_id_key"),
                    ("name", "name"),
                    ("first_name", "first_name"),
                    ("last_name", "last_name"),
                    ("company", "company"),
                )
            ),
        ]

    def __str__(self) -> str:
        # Never a name or an e-mail: the admin's log keeps this text for good.
        return self.public_id

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise HardDeleteForbidden("Customers are deleted with operations.deletion.delete_customer.")

    @property
    def display_name(self) -> str:
        """The best name there is; see :func:`display_name`."""
        return display_name(vars(self))


def display_name(row: Mapping[str, Any]) -> str:
    """The best name in a row of columns: name, else first and last name, else company, else e-mail, else the id."""
    parts = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
    best: str = row["name"] or parts or row["company"] or row["email"] or row["public_id"]
    return best


class CustomerAlias(models.Model):
    """A former id of a customer, which keeps answering after a rename; and the id of one that was merged into it."""

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    public_id = models.CharField(_("id"), max_length=50)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="aliases")
    # The customer that went by this id, and was merged into the other one.
    merged = models.OneToOneField(Customer, null=True, on_delete=models.PROTECT, related_name="merged_alias")
    created_at = models.DateTimeField(_("created at"), editable=False)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["CustomerAlias"])()

    class Meta:
        verbose_name = _("former id")
        verbose_name_plural = _("former ids")
        constraints = [models.UniqueConstraint(fields=["site", "public_id"], name="bc_alias_public_id")]

    def __str__(self) -> str:
        return self.public_id
