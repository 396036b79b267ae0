"""How staff merge a customer into another, and undo it: the one that stays is chosen, what would move is shown, then it
is asked for. A job does it.
"""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.base import acting
from billing_customers.admin.confirming import Question, is_confirmed
from billing_customers.admin.customer_deeds import CustomerDeeds, Deed
from billing_customers.admin.hierarchy_forms import StillForm
from billing_customers.admin.merge_cells import MERGE
from billing_customers.admin.merge_forms import TargetForm
from billing_customers.admin.merge_preview import preview_of
from billing_customers.exceptions import BillingError, NotFound
from billing_customers.models import Customer, CustomerMerge
from billing_customers.operations.merging import merge_customers, undo_merge

# The section of the customer's page that they lead back to.
PART = "merges"
CHOOSE = Question(
    action="merge",
    title=_("Merge into another customer"),
    warning=_(
        "All that this customer has goes to the one that stays; this one becomes a tombstone whose id leads there."
    ),
    button=_("Show what would move"),
    is_danger=False,
)
CONFIRM = Question(
    action="mergeinto",
    title=_("Merge the customer?"),
    warning=_(
        "Names, addresses and every other text of either stay as they are. It can be undone while nothing that was "
        "moved has changed since."
    ),
    button=_("Merge now"),
)
UNDO = Question(action="undomerge", title=_("Undo the merge?"), warning="", button=_("Undo now"))


class MergePages(CustomerDeeds):
    """The pages. What an operation refuses is said on them."""

    def deeds(self) -> dict[str, tuple[str, Deed]]:
        return {
            **super().deeds(),
            "merge": ("merge/", self.merge_view),
            "mergeinto": ("merge/<int:target_pk>/", self.merge_into_view),
            "undomerge": ("merges/<int:merge_pk>/undo/", self.undo_merge_view),
        }

    def merge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, MERGE)
        form = TargetForm(customer, request.POST if is_confirmed(request) else None)
        if form.is_valid():
            return HttpResponseRedirect(self._page("mergeinto", customer.pk, form.target_pk))
        return self.asked(request, customer, replace(CHOOSE, form=form))

    def merge_into_view(self, request: HttpRequest, pk: int, target_pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, MERGE)
        target = Customer.objects.for_site(customer.site).live().exclude(pk=pk).filter(pk=target_pk).first()
        if target is None:
            raise Http404
        form, error = StillForm(customer, request.POST if is_confirmed(request) else None), ""
        if form.is_valid():
            error = self._merge(request, customer, target, form.cleaned_data["expected_version"])
            if not error:
                return self.to_page(customer, PART)
            # What is shown with the refusal is how things stand now, and so is the version that is sent next.
            customer.refresh_from_db()
            form = StillForm(customer)
        try:
            preview = preview_of(customer, target)
        except NotFound as gone:
            raise Http404 from gone
        question = replace(CONFIRM, form=form, error=error, button="" if preview.impact.blockers else CONFIRM.button)
        return self.asked(
            request,
            customer,
            question,
            template="admin/billing_customers/customer/merge.html",
            preview=preview,
            choose_url=self._page("merge", customer.pk),
            swap_url=self._page("mergeinto", target.pk, customer.pk),
        )

    def undo_merge_view(self, request: HttpRequest, pk: int, merge_pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, MERGE)
        merges = CustomerMerge.objects.for_site(customer.site).filter(target=customer, pk=merge_pk)
        merge = merges.select_related("source").first()
        if merge is None:
            raise Http404
        name = {"source": merge.source.public_id, "target": customer.public_id}

        def act() -> None:
            undo_merge(site=customer.site, merge_id=merge.public_id, actor=acting(request), at=timezone.now())
            self.log_change(request, customer, f"Undoing of the merge {merge.public_id} was scheduled.")

        warning = gettext(
            "%(source)s comes back with everything that %(target)s got from it: as a whole, or not at all where "
            "something that was moved has changed since. What came to %(target)s later stays there."
        )
        done = gettext("Scheduled: %(source)s will be taken out of %(target)s as soon as a worker is free.")
        question = replace(UNDO, warning=warning % name)
        return self.asked_or_done(request, customer, question, done % name, act, part=PART)

    def _merge(self, request: HttpRequest, customer: Customer, target: Customer, version: int) -> str:
        """Why it was refused; empty when it is scheduled."""
        try:
            _target, merge = merge_customers(
                site=customer.site,
                from_id=customer.public_id,
                to_id=target.public_id,
                expected_version=version,
                actor=acting(request),
                at=timezone.now(),
            )
        except BillingError as error:
            return error.message
        self.log_change(request, customer, f"Merging into {target.public_id} was scheduled: {merge.public_id}.")
        self.log_change(request, target, f"Merging of {customer.public_id} was scheduled: {merge.public_id}.")
        told = gettext("Scheduled: %(source)s will be merged into %(target)s as soon as a worker is free.")
        names = {"source": customer.public_id, "target": target.public_id}
        self.message_user(request, told % names, messages.SUCCESS)
        return ""

    def _page(self, deed: str, *args: int) -> str:
        return reverse(f"{self.admin_site.name}:billing_customers_customer_{deed}", args=args)
