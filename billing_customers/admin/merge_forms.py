"""The form by which staff say which customer stays."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.hierarchy_forms import id_field
from billing_customers.models import Customer
from billing_customers.operations import locks


class TargetForm(forms.Form):
    """The id, or a former one, of another live customer of the site; once valid, ``target_pk`` is its primary key."""

    target_id = id_field(
        _("Customer that stays"),
        _("Its id, in the same site. What would move is shown before anything does."),
        is_required=True,
    )

    def __init__(self, customer: Customer, data: Any = None) -> None:
        super().__init__(data)
        self.customer = customer
        self.target_pk = 0

    def clean_target_id(self) -> str:
        typed: str = self.cleaned_data["target_id"]
        self.target_pk = locks.pks_named(self.customer.site, [typed]).get(typed, 0)
        if not self.target_pk:
            raise forms.ValidationError(gettext("There is no such customer."))
        if self.target_pk == self.customer.pk:
            raise forms.ValidationError(gettext("Must be another customer."))
        return typed
