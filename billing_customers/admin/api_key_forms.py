from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.faults import OperationForm
from billing_customers.choices import Scope
from billing_customers.models import ApiKey
from billing_customers.operations.api_keys import DEFAULT_OVERLAP, MAX_OVERLAP

HOUR = timedelta(hours=1)


class ApiKeyForm(OperationForm):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=Scope.choices,
        initial=[Scope.READ.value],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("'write' includes 'read'. Give a key no more than its user needs."),
    )

    class Meta:
        model = ApiKey
        fields = ("site", "name", "scopes", "expires_at")


class OverlapForm(forms.Form):
    """How long the old key goes on, so that whoever uses it has time to change over."""

    overlap_hours = forms.IntegerField(
        label=_("The old key works for how many more hours?"),
        min_value=0,
        max_value=MAX_OVERLAP // HOUR,
        initial=DEFAULT_OVERLAP // HOUR,
        help_text=_("0 ends it at once. At most 168, a week."),
        widget=forms.NumberInput(attrs={"dir": "ltr", "min": 0, "max": MAX_OVERLAP // HOUR}),
    )

    @property
    def overlap(self) -> timedelta:
        hours: Any = self.cleaned_data["overlap_hours"]
        return timedelta(hours=hours)
