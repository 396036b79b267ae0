"""What staff do from the page of a customer: pages of their own that ask first, so that no gateway is called within a
transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from billing_customers.admin.base import OperationAdmin
from billing_customers.admin.confirming import CONFIRMED, Question, is_confirmed
from billing_customers.exceptions import BillingError
from billing_customers.models import Customer
from billing_customers.operations import locks

PAGE = "admin/billing_customers/confirm_action.html"
Deed = Callable[..., HttpResponse]


class CustomerDeeds(OperationAdmin):
    """Base of the pages. A subclass adds to ``deeds``."""

    def deeds(self) -> dict[str, tuple[str, Deed]]:
        """By the name of a page: its route below the customer, and the view, which takes the customer's primary key."""
        return {}

    def get_urls(self) -> list[URLPattern]:
        # With the host's ATOMIC_REQUESTS the gateway would be called within a transaction.
        apart = transaction.non_atomic_requests(using=locks.database())
        own: list[URLPattern] = [
            path(
                f"<int:pk>/{route}", apart(self.admin_site.admin_view(view)), name=f"billing_customers_customer_{name}"
            )
            for name, (route, view) in self.deeds().items()
        ]
        return [*own, *super().get_urls()]

    def customer_for(self, request: HttpRequest, pk: int, permission: str) -> Customer:
        """The live customer, if the user may see it and has the permission."""
        customer = Customer.objects.filter(pk=pk).select_related("site").first()
        if not self.has_view_permission(request, customer) or not request.user.has_perm(permission):
            raise PermissionDenied
        if customer is None:
            raise Http404
        # Operations go by the id, and a tombstone's may be a new customer's by now.
        if not customer.is_live:
            raise PermissionDenied
        return customer

    def asked_or_done(
        self,
        request: HttpRequest,
        customer: Customer,
        question: Question,
        done: str,
        act: Callable[[], None],
        *,
        part: str,
    ) -> HttpResponse:
        """The page that asks; or, when it is answered, what ``act`` leads to: ``done``, or why it was refused."""
        error = ""
        if is_confirmed(request):
            try:
                act()
            except BillingError as refusal:
                error = refusal.message
            else:
                self.message_user(request, done, messages.SUCCESS)
                return self.to_page(customer, part)
        return self.asked(request, customer, replace(question, error=error))

    def asked(
        self, request: HttpRequest, customer: Customer, question: Question, *, template: str = PAGE, **shown: Any
    ) -> HttpResponse:
        """The page that asks; a ``template`` of its own is given what is ``shown``."""
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": question.title,
            "opts": self.opts,
            "media": self.media,
            "question": question,
            "objects": [(customer, self.told_as(customer), None)],
            "confirmed": CONFIRMED,
            "list_url": request.path,
            "back_url": self._page_of(customer),
            **shown,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, context)

    def to_page(self, customer: Customer, part: str) -> HttpResponse:
        """Back to this section of the customer's page."""
        return HttpResponseRedirect(f"{self._page_of(customer)}#{part}")

    def _page_of(self, customer: Customer) -> str:
        return reverse(f"{self.admin_site.name}:billing_customers_customer_change", args=[customer.pk])
