from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.faults import OperationForm
from billing_customers.exceptions import BillingError, InvalidInput, VersionMismatch
from billing_customers.models import BillingSite, Customer
from billing_customers.models.address import ADDRESS_PARTS
from billing_customers.operations.attributes import CustomerAttributes
from billing_customers.operations.cleaning import CUSTOMER_RULES, customer_columns

ADDRESS_FIELDS = {f"address_{part}": part for part in ADDRESS_PARTS}

LEFT_TO_RIGHT = (
    "public_id",
    "email",
    "phone",
    "locale",
    "tax_id",
    "exempt_number",
    "preferred_currency_code",
    "address_email",
    "address_phone",
    "address_zip",
    "address_country",
    "address_state_code",
)

HELP_TEXTS = {
    "name": _("Shown wherever one name is needed. Empty: first and last name, else company, e-mail or id."),
    "phone": _("In any format. Numbers without + are read as numbers of the site's region."),
    "locale": _("Language and region of e-mails and invoices, such as he or en-US."),
    "tax_id": _("VAT or tax registration number. Its syntax is checked when the country of the address is known."),
    "taxability": _("Exempt customers are not charged tax."),
    "preferred_currency_code": _("ISO 4217, such as USD. Empty: the default currency of the site."),
    "auto_collection": _("On: invoices are charged to the payment method by themselves."),
    "allow_direct_debit": _("The customer has agreed to be debited from a bank account."),
    "address_country": _("Two letters, such as IL or US."),
    "address_state_code": _("Without the country, such as CA. For the US, Canada and India the name follows from it."),
    "address_validation_status": _("What an address check said. It is dropped with the address."),
    "metadata": _("A JSON object of your own, which API clients see too. It is replaced as a whole."),
    "custom_fields": _('A JSON object such as {"cf_color": "red"}: single values, and names that begin with cf_.'),
    "exemption_details": _("A JSON array, as the tax service expects it."),
}


class CustomerForm(OperationForm):
    """A customer with its address. Only what was changed is sent to the operation."""

    expected_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()
        help_texts = HELP_TEXTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = self.instance.pk is None
        self.fields["expected_version"].initial = self.instance.resource_version
        for name in set(LEFT_TO_RIGHT) & set(self.fields):
            self.fields[name].widget.attrs["dir"] = "ltr"
        if "preferred_currency_code" in self.fields:
            self.fields["preferred_currency_code"].required = False
        if "public_id" in self.fields:
            self._ask_for_id(self.fields["public_id"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.is_new and cleaned.get("expected_version") is None and "expected_version" not in self.errors:
            self.add_error(None, gettext("The form came incomplete. Open the customer again."))
        site = self.site
        if site is not None:
            try:
                customer_columns(site, self.attributes)
            except InvalidInput as error:
                self.show(error)
        return cleaned

    @property
    def site(self) -> BillingSite | None:
        """The site that was chosen, or that the customer has."""
        return self.cleaned_data.get("site") if self.is_new else self.instance.site

    @property
    def attributes(self) -> CustomerAttributes:
        """What was changed, as the operation takes it."""
        values, changed = self.cleaned_data, set(self.changed_data)
        given = {field: values[field] for field in CUSTOMER_RULES if field in changed and field in values}
        if changed & set(ADDRESS_FIELDS):
            given["billing_address"] = {part: values.get(field) for field, part in ADDRESS_FIELDS.items()}
            if "address_validation_status" not in changed:
                # What was found of the address before it was edited says nothing of it now.
                del given["billing_address"]["validation_status"]
        if "custom_fields" in given:
            given["custom_fields"] = self._replaced_custom_fields(given["custom_fields"])
        return given  # type: ignore[return-value]  # the keys are those of the rules

    def show(self, error: BillingError) -> None:
        if isinstance(error, VersionMismatch):
            self.add_error(
                None,
                gettext(
                    "Somebody changed this customer after you opened it, so nothing was saved. "
                    "Open it in another window to see what it is now, and enter your change there."
                ),
            )
        else:
            super().show(error)

    def field_named(self, attribute: str) -> str:
        prefix, _, part = attribute.partition(".")
        if prefix == "billing_address":
            return f"address_{part}"
        return "public_id" if attribute == "id" else attribute

    def _ask_for_id(self, field: forms.Field) -> None:
        field.required = not self.is_new
        field.help_text = (
            _("Your own id, at most 50 characters. Empty: one is made, such as cus_4fK0…")
            if self.is_new
            else _("Another id renames the customer; the old id keeps answering for it.")
        )

    def _replaced_custom_fields(self, typed: Any) -> Any:
        """The operation merges custom fields; the form shows them all, so one that is gone was removed."""
        before = self.instance.custom_fields or {}
        return {**dict.fromkeys(before), **typed} if isinstance(typed, dict) else dict.fromkeys(before) or typed
