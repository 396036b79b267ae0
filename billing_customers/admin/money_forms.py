"""Forms of what staff do with the money of a customer. Amounts are typed in people's units and sent in minor ones."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.amounts import amount_text, minor_units
from billing_customers.admin.faults import ErrorsOfOperations
from billing_customers.admin.payment_sources import source_text
from billing_customers.choices import CreditType
from billing_customers.currencies import is_currency
from billing_customers.models import Customer, Invoice, PaymentSource
from billing_customers.models.ledger import MAX_AMOUNT

ADD, DEDUCT = "add", "deduct"
SOURCES_OFFERED = 50


class CreditForm(ErrorsOfOperations, forms.Form):
    """How much is given or taken back, and why. The version keeps a form that is sent twice from being booked twice."""

    deed = forms.ChoiceField(label=_("What is done"), choices=[(ADD, _("add")), (DEDUCT, _("deduct"))], initial=ADD)
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=20,
        help_text=_("In units of the currency, such as 12.50."),
        widget=forms.NumberInput(attrs={"dir": "ltr", "min": "0", "step": "any"}),
    )
    currency_code = forms.CharField(
        label=_("Currency"), max_length=3, widget=forms.TextInput(attrs={"dir": "ltr", "size": 4})
    )
    description = forms.CharField(label=_("Description"), max_length=250, widget=forms.TextInput(attrs={"size": 50}))
    credit_type = forms.ChoiceField(
        label=_("Credit type"), choices=CreditType.choices, initial=CreditType.GENERAL.value
    )
    reference = forms.CharField(label=_("Your reference"), max_length=500, required=False)
    expected_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, customer: Customer, data: Any = None) -> None:
        first = {"currency_code": customer.preferred_currency_code, "expected_version": customer.resource_version}
        super().__init__(data, initial=first)

    def clean_currency_code(self) -> str:
        code: str = self.cleaned_data["currency_code"].upper()
        if not is_currency(code):
            raise forms.ValidationError(gettext("%(code)s is not an active ISO 4217 code.") % {"code": code})
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "amount" in cleaned and "currency_code" in cleaned:
            try:
                cleaned["minor"] = _bounded(minor_units(cleaned["amount"], cleaned["currency_code"]), cleaned)
            except ValueError as error:
                self.add_error("amount", str(error))
        return cleaned


class CollectForm(ErrorsOfOperations, forms.Form):
    """What is charged. ``amount``, in minor units, is what the person saw: never is more charged than that."""

    payment_source_id = forms.ChoiceField(label=_("What is charged"))
    amount = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, invoice: Invoice, payer: Customer, sources: list[PaymentSource], data: Any = None) -> None:
        super().__init__(data, initial={"amount": invoice.amount_due})
        self.invoice = invoice
        field: Any = self.fields["payment_source_id"]
        field.choices = [(each.public_id, _source_label(each, payer)) for each in sources]
        field.initial = payer.primary_payment_source_id

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if amount != self.invoice.amount_due:
            due = amount_text(self.invoice.amount_due, self.invoice.currency)
            raise forms.ValidationError(gettext("Something else is due meanwhile: %(due)s. Begin anew.") % {"due": due})
        return amount


def _bounded(minor: int, cleaned: dict[str, Any]) -> int:
    if minor <= 0:
        raise ValueError(gettext("Must be more than nothing."))
    if minor > MAX_AMOUNT:
        most = amount_text(MAX_AMOUNT, cleaned["currency_code"])
        raise ValueError(gettext("Must be at most %(most)s.") % {"most": most})
    return minor


def _source_label(source: PaymentSource, payer: Customer) -> str:
    roles = {payer.backup_payment_source_id: gettext("backup"), payer.primary_payment_source_id: gettext("primary")}
    role = roles.get(source.public_id)
    facts = ", ".join(str(fact) for fact in (role, source.get_status_display()) if fact)
    return f"{source_text(source)} ({facts})"
