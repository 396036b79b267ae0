from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import ValidationStatus

ADDRESS_PARTS = (
    "city",
    "company",
    "country",
    "email",
    "first_name",
    "last_name",
    "line1",
    "line2",
    "line3",
    "phone",
    "state",
    "state_code",
    "validation_status",
    "zip",
)


class BillingAddressColumns(models.Model):
    """The billing address, in the customer's own row: read with it, replaced whole, never joined."""

    address_first_name = models.CharField(_("first name"), max_length=150, null=True, blank=True)
    address_last_name = models.CharField(_("last name"), max_length=150, null=True, blank=True)
    address_email = models.CharField(_("e-mail"), max_length=254, null=True, blank=True)
    address_company = models.CharField(_("company"), max_length=250, null=True, blank=True)
    address_phone = models.CharField(_("phone"), max_length=50, null=True, blank=True)
    address_line1 = models.CharField(_("line 1"), max_length=150, null=True, blank=True)
    address_line2 = models.CharField(_("line 2"), max_length=150, null=True, blank=True)
    address_line3 = models.CharField(_("line 3"), max_length=150, null=True, blank=True)
    address_city = models.CharField(_("city"), max_length=50, null=True, blank=True)
    address_state_code = models.CharField(_("state code"), max_length=50, null=True, blank=True)
    address_state = models.CharField(_("state"), max_length=50, null=True, blank=True)
    address_zip = models.CharField(_("zip"), max_length=20, null=True, blank=True)
    address_country = models.CharField(_("country"), max_length=2, null=True, blank=True, help_text=_("ISO 3166."))
    address_validation_status = models.CharField(
        _("validation status"), max_length=20, null=True, blank=True, choices=ValidationStatus.choices
    )

    class Meta:
        abstract = True

    @property
    def billing_address(self) -> dict[str, str] | None:
        """The parts that are set, by name, or ``None`` when there is no address."""
        parts = {part: getattr(self, f"address_{part}") for part in ADDRESS_PARTS}
        return {part: value for part, value in parts.items() if value is not None} or None
