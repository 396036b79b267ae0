"""The access settings that a site has for its hierarchies: a choice for each setting, in place of the stored JSON."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.cells import Cell
from billing_customers.admin.faults import OperationForm
from billing_customers.choices import OwnSubscriptionAccess, PortalAccess
from billing_customers.models import BillingSite
from billing_customers.models.access import Access, child_defaults, parent_defaults

PARENT, CHILD = "parent_account_access", "child_account_access"
_DEFAULTS = {PARENT: parent_defaults, CHILD: child_defaults}
_PARENTS = _("What the account above a customer may do and gets, unless the customer has settings of its own.")
_CHILDREN = _("The same of a customer with an account above it.")
_YES_OR_NO = (("True", _("yes")), ("False", _("no")))


class AccessField(forms.TypedChoiceField):
    """A choice of the setting ``setting`` of one side. Yes and no are stored as booleans."""

    def __init__(self, side: str, setting: str, label: Any, choices: Any) -> None:
        is_flag = choices is _YES_OR_NO
        super().__init__(label=label, choices=choices, coerce=(lambda text: text == "True") if is_flag else str)
        self.offered = choices
        self.side = side
        self.setting = setting

    def stored_in(self, site: BillingSite) -> str:
        """What holds for ``site``, as the value of an option."""
        return str({**_DEFAULTS[self.side](), **getattr(site, self.side)}[self.setting])


class AccessForm(OperationForm):
    """Part of the form of a site."""

    parent_subscriptions = AccessField(
        PARENT, "portal_edit_child_subscriptions", _("Subscriptions of the child, in the portal"), PortalAccess.choices
    )
    parent_invoices = AccessField(
        PARENT, "portal_download_child_invoices", _("Invoices of the child, in the portal"), PortalAccess.choices
    )
    parent_subscription_mails = AccessField(
        PARENT, "send_subscription_emails", _("Gets e-mails about subscriptions"), _YES_OR_NO
    )
    parent_invoice_mails = AccessField(PARENT, "send_invoice_emails", _("Gets e-mails about invoices"), _YES_OR_NO)
    parent_payment_mails = AccessField(PARENT, "send_payment_emails", _("Gets e-mails about payments"), _YES_OR_NO)
    child_subscriptions = AccessField(
        CHILD, "portal_edit_subscriptions", _("Its subscriptions, in the portal"), OwnSubscriptionAccess.choices
    )
    child_invoices = AccessField(
        CHILD, "portal_download_invoices", _("Its invoices, in the portal"), PortalAccess.choices
    )
    child_subscription_mails = AccessField(
        CHILD, "send_subscription_emails", _("Gets e-mails about subscriptions"), _YES_OR_NO
    )
    child_invoice_mails = AccessField(CHILD, "send_invoice_emails", _("Gets e-mails about invoices"), _YES_OR_NO)
    child_payment_mails = AccessField(CHILD, "send_payment_emails", _("Gets e-mails about payments"), _YES_OR_NO)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in ACCESS_FIELDS.items():
            self.initial[name] = field.stored_in(self.instance)

    def access_said(self) -> dict[str, Access]:
        """What was changed, by side. A side that nothing was changed of is left out."""
        said: dict[str, Access] = {}
        for name in self.changed_data:
            if name in ACCESS_FIELDS:
                field = ACCESS_FIELDS[name]
                said.setdefault(field.side, {})[field.setting] = self.cleaned_data[name]
        return said


# By the name of the field.
ACCESS_FIELDS: dict[str, AccessField] = {
    name: field for name, field in AccessForm.base_fields.items() if isinstance(field, AccessField)
}


def access_fieldsets() -> list[Any]:
    """A section for each side."""
    return [
        (_("Access of parents"), {"fields": _of(PARENT), "description": _PARENTS}),
        (_("Access of children"), {"fields": _of(CHILD), "description": _CHILDREN}),
    ]


def _of(side: str) -> list[str]:
    return [name for name, field in ACCESS_FIELDS.items() if field.side == side]


class AccessCells:
    """The same settings where a page has no inputs, by the names of the fields."""


def _cell(field: AccessField) -> Cell:
    @admin.display(description=field.label)
    def cell(_admin: Any, site: BillingSite) -> str:
        labels: dict[str, Any] = dict(field.offered)
        stored = field.stored_in(site)
        return str(labels.get(stored, stored))

    return cell


for _name, _field in ACCESS_FIELDS.items():
    setattr(AccessCells, _name, _cell(_field))
