"""Clearing of personal data from the page of a customer: asked twice, the second time by its id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.base import Link, OperationAdmin, acting
from billing_customers.admin.confirming import ObjectButton, Question, ask, is_confirmed
from billing_customers.choices import PiiCleared
from billing_customers.models import Customer, ErasureCertificate
from billing_customers.operations.erasure import schedule_erasure

ERASE = Question(
    action="clear_personal_data",
    title=_("Clear the personal data?"),
    warning=_(
        "A job of the worker empties names, addresses, e-mail, phone, tax id, notes, metadata and custom fields of the "
        "customer, removes its contacts and the links to users, has the gateways forget its payment sources, and takes "
        "what is personal out of its documents, payments, ledger entries, events, webhooks that still wait, stored "
        "answers, jobs and this log. Ids, amounts, dates and currencies stay. From now on the customer can be deleted, "
        "but not changed. This cannot be undone."
    ),
    button=_("Clear for good"),
)


class TypedIdForm(forms.Form):
    """The id of the customer, typed."""

    typed_id = forms.CharField(
        label=_("Type the id of the customer"),
        strip=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )

    def __init__(self, customer: Customer, data: Any = None) -> None:
        super().__init__(data)
        self.customer = customer

    def clean_typed_id(self) -> str:
        typed: str = self.cleaned_data["typed_id"]
        if typed != self.customer.public_id:
            raise forms.ValidationError(gettext("That is not the id of this customer."))
        return typed


class ErasureAction(OperationAdmin):
    """The action, the button that starts it, and the way to the certificate."""

    def has_erasure_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        """Whether the user may clear the personal data of customers, or of this one."""
        may = self.has_own_permission(request, "erase")
        return may and (obj is None or obj.pii_cleared != PiiCleared.CLEARED)

    def erasure_buttons(self, request: HttpRequest, customer: Customer) -> list[ObjectButton]:
        """The button, for whoever may and where there is something to clear."""
        if not self.has_erasure_permission(request, customer):
            return []
        return [ObjectButton("clear_personal_data", _("Clear personal data…"), is_danger=True)]

    def certificate_links(self, request: HttpRequest, customer: Customer) -> list[Link]:
        """Where the certificate is."""
        may = any(request.user.has_perm(f"billing_customers.{each}_erasurecertificate") for each in ("view", "change"))
        if not may or customer.pii_cleared != PiiCleared.CLEARED:
            return []
        certificates = ErasureCertificate.objects.for_site(customer.site_id).filter(customer=customer)
        name = f"{self.admin_site.name}:billing_customers_erasurecertificate_change"
        return [(reverse(name, args=[each.pk]), _("Certificate of erasure")) for each in certificates]

    @admin.action(description=_("Clear personal data…"), permissions=["erasure"])
    def clear_personal_data(self, request: HttpRequest, queryset: QuerySet[Customer]) -> HttpResponse | None:
        customers = list(queryset.select_related("site")[:2])
        if not all(self.has_own_permission(request, "erase") for _customer in customers):
            raise PermissionDenied
        if len(customers) != 1:
            self.message_user(request, gettext("Tick one customer: each is asked for by its id."), messages.WARNING)
            return None
        (customer,) = customers
        if customer.pii_cleared == PiiCleared.CLEARED:
            self.message_user(request, gettext("The personal data was cleared already."), messages.WARNING)
            return self.back(request, customers)
        form = TypedIdForm(customer, request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            return ask(self, request, customers, replace(ERASE, form=form))
        for each in self.carry_out(request, customers, lambda row: _schedule(request, row)):
            self.log_change(request, each, "Clearing of the personal data was scheduled.")
            told = gettext("The personal data of %(customer)s will be cleared as soon as a worker is free.")
            self.message_user(request, told % {"customer": each.public_id}, messages.SUCCESS)
        return self.back(request, customers)


def _schedule(request: HttpRequest, customer: Customer) -> None:
    schedule_erasure(
        site=customer.site,
        public_id=customer.public_id,
        customer_pk=customer.pk,
        expected_version=customer.resource_version,
        actor=acting(request),
        at=timezone.now(),
    )
