"""How staff link a customer to a parent, unlink it, and say who may see what of it."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.base import acting
from billing_customers.admin.confirming import Question, is_confirmed
from billing_customers.admin.customer_deeds import CustomerDeeds, Deed
from billing_customers.admin.hierarchy_forms import LinkForm, StillForm
from billing_customers.admin.own_access import OwnAccessForm
from billing_customers.exceptions import BillingError
from billing_customers.models import Customer, Relationship
from billing_customers.operations.hierarchy import change_access, delink_customer, link_customer

# Who may change a customer may say where it stands.
CHANGE = "billing_customers.change_customer"
# The section of the customer's page that they lead back to.
PART = "hierarchy"
LINK = Question(
    action="link",
    title=_("Link to a parent"),
    warning=_("All customers below this one come along. To change its owners later, unlink it and link it again."),
    button=_("Link now"),
    is_danger=False,
)
UNLINK = Question(action="unlink", title=_("Unlink from the parent?"), warning="", button=_("Unlink now"))

ACCESS = Question(
    action="access",
    title=_("Access settings"),
    warning=_(
        "What the account above it and the customer itself may do and get. What is as the site says changes with it."
    ),
    button=_("Save"),
    is_danger=False,
)


class HierarchyPages(CustomerDeeds):
    """The pages. What an operation refuses is said on them."""

    def deeds(self) -> dict[str, tuple[str, Deed]]:
        return {
            **super().deeds(),
            "link": ("link/", self.link_view),
            "unlink": ("unlink/", self.unlink_view),
            "access": ("access/", self.access_view),
        }

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, CHANGE)
        form = LinkForm(customer, request.POST if is_confirmed(request) else None)
        if form.is_valid() and self._link(request, customer, form):
            return self.to_page(customer, PART)
        return self.asked(request, customer, replace(LINK, form=form))

    def unlink_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, CHANGE)
        form = StillForm(customer, request.POST if is_confirmed(request) else None)
        if form.is_valid() and self._unlink(request, customer, form):
            return self.to_page(customer, PART)
        return self.asked(request, customer, replace(UNLINK, form=form, warning=_what_unlinking_does(customer)))

    def access_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, CHANGE)
        place = _place_of(customer)
        if place is None:
            nothing = replace(ACCESS, error=gettext("The customer has no parent."), button="")
            return self.asked(request, customer, nothing)
        form = OwnAccessForm(customer, place, request.POST if is_confirmed(request) else None)
        if form.is_valid() and (not form.has_changed() or self._change_access(request, customer, form)):
            return self.to_page(customer, PART)
        return self.asked(
            request, customer, replace(ACCESS, form=form), template="admin/billing_customers/customer/access.html"
        )

    def _link(self, request: HttpRequest, customer: Customer, form: LinkForm) -> bool:
        """Link as the form says; whether it was done."""
        said = form.cleaned_data
        try:
            link_customer(
                site=customer.site,
                public_id=customer.public_id,
                parent_id=said["parent_id"],
                invoice_owner_id=said["invoice_owner_id"] or None,
                payment_owner_id=said["payment_owner_id"] or None,
                expected_version=said["expected_version"],
                actor=acting(request),
                at=timezone.now(),
            )
        except BillingError as error:
            form.show(error)
            return False
        self.log_change(request, customer, f"Linked to the parent {said['parent_id']}.")
        told = gettext("Linked: %(customer)s is right below %(parent)s now.")
        names = {"customer": customer.public_id, "parent": said["parent_id"]}
        self.message_user(request, told % names, messages.SUCCESS)
        return True

    def _unlink(self, request: HttpRequest, customer: Customer, form: StillForm) -> bool:
        try:
            delink_customer(
                site=customer.site,
                public_id=customer.public_id,
                expected_version=form.cleaned_data["expected_version"],
                actor=acting(request),
                at=timezone.now(),
            )
        except BillingError as error:
            form.show(error)
            return False
        self.log_change(request, customer, "Unlinked from its parent.")
        told = gettext("Unlinked: nobody is above %(customer)s any more.") % {"customer": customer.public_id}
        self.message_user(request, told, messages.SUCCESS)
        return True

    def _change_access(self, request: HttpRequest, customer: Customer, form: OwnAccessForm) -> bool:
        try:
            change_access(
                site=customer.site,
                public_id=customer.public_id,
                access=form.settings(),
                replaces=True,
                expected_version=form.cleaned_data["expected_version"],
                actor=acting(request),
                at=timezone.now(),
            )
        except BillingError as error:
            form.show(error)
            return False
        self.log_change(request, customer, "Changed the access settings.")
        told = gettext("Saved: the access settings of %(customer)s.") % {"customer": customer.public_id}
        self.message_user(request, told, messages.SUCCESS)
        return True


def _place_of(customer: Customer) -> Relationship | None:
    return Relationship.objects.for_site(customer.site).filter(child=customer).select_related("parent").first()


def _what_unlinking_does(customer: Customer) -> str:
    place = _place_of(customer)
    if place is None:
        return gettext("The customer has no parent.")
    said = gettext(
        "It leaves %(parent)s, and is invoiced and pays for itself from now on. All customers below it stay with it. "
        "Where one further up is invoiced or pays for them, %(customer)s takes its place."
    )
    return said % {"parent": place.parent.public_id, "customer": customer.public_id}
