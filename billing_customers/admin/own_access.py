"""The access settings that a customer has of its own: a choice for each, the first of which is what the site says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.access_fields import ACCESS_FIELDS, CHILD, PARENT, AccessField
from billing_customers.admin.hierarchy_forms import StillForm
from billing_customers.models import Customer, Relationship
from billing_customers.operations.access import AccessSettings

_HEADS = ((PARENT, _("The account above it")), (CHILD, _("The customer itself")))


class OwnAccessForm(StillForm):
    """The settings of ``relationship``, which is that of ``customer`` with its parent."""

    def __init__(self, customer: Customer, relationship: Relationship, data: Any = None) -> None:
        super().__init__(customer, data)
        for name, field in ACCESS_FIELDS.items():
            own = (getattr(relationship, field.side) or {}).get(field.setting)
            self.fields[name] = _with_the_site_s(field, customer)
            self.initial[name] = "" if own is None else str(own)

    def sides(self) -> Iterator[tuple[str | Promise, list[forms.BoundField]]]:
        """The fields of each side, below its heading."""
        for side, head in _HEADS:
            yield head, [self[name] for name, field in ACCESS_FIELDS.items() if field.side == side]

    def settings(self) -> AccessSettings:
        """What was chosen; the site's settings where nothing was."""
        said: dict[str, dict[str, Any]] = {PARENT: {}, CHILD: {}}
        for name, field in ACCESS_FIELDS.items():
            if self.cleaned_data[name] is not None:
                said[field.side][field.setting] = self.cleaned_data[name]
        return AccessSettings(not any(said.values()), said[PARENT], said[CHILD])


def _with_the_site_s(field: AccessField, customer: Customer) -> forms.TypedChoiceField:
    labels: dict[str, Any] = dict(field.offered)
    stored = field.stored_in(customer.site)
    of_site = gettext("as the site says: %(level)s") % {"level": labels.get(stored, stored)}
    return forms.TypedChoiceField(
        label=field.label,
        choices=[("", of_site), *field.offered],
        required=False,
        coerce=field.coerce,
        empty_value=None,
    )
