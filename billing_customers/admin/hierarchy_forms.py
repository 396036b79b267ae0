"""The form by which staff link a customer to a parent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.faults import ErrorsOfOperations
from billing_customers.models import Customer

_MAX_ID = 50


def id_field(label: Any, help_text: Any = "", *, is_required: bool = False) -> forms.CharField:
    """A field for the id of a customer."""
    widget = forms.TextInput(attrs={"dir": "ltr", "size": 40})
    return forms.CharField(label=label, help_text=help_text, max_length=_MAX_ID, required=is_required, widget=widget)


class StillForm(ErrorsOfOperations, forms.Form):
    """Carries the version of the customer that the person saw: what has changed since is not overrun."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, customer: Customer, data: Any = None) -> None:
        super().__init__(data, initial={"expected_version": customer.resource_version})


class LinkForm(StillForm):
    """Below whom the customer comes, who is invoiced for it and who pays, by their ids."""

    parent_id = id_field(_("Parent"), _("Its id."), is_required=True)
    invoice_owner_id = id_field(
        _("Invoice owner"), _("The customer itself, or one of those above it. Empty: the customer itself.")
    )
    payment_owner_id = id_field(
        _("Payment owner"),
        _("The invoice owner; or one of those above, where the customer itself is invoiced. Empty: the invoice owner."),
    )
