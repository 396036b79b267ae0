"""Rows beside a customer on its page. They are part of it: whoever may change the customer may change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from billing_customers.actors import Actor
from billing_customers.admin.base import FORM_FIELDS
from billing_customers.admin.faults import fault_of
from billing_customers.models import Customer


@dataclass(frozen=True, slots=True)
class Change:
    """Whose rows are changed, by whom and when."""

    customer: Customer
    actor: Actor
    at: datetime


class CustomerInline(admin.TabularInline):  # type: ignore[type-arg]  # subscripting fails at run time on Django 5.2
    extra = 0
    formfield_overrides = FORM_FIELDS

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.form.fault = fault_of(request)
        return formset

    def has_view_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return bool(self._customers().has_view_permission(request, obj))

    def has_add_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        customers = self._customers()
        return bool(customers.has_change_permission(request, obj) if obj else customers.has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        # Without a customer it is the page that adds one.
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return self.has_add_permission(request, obj)

    def save_rows(self, formset: Any, change: Change) -> None:
        """Send what ``formset`` asks for to the operations."""
        raise NotImplementedError

    def _customers(self) -> Any:
        return self.admin_site.get_model_admin(Customer)


def note_outcome(formset: Any, *, new: list[Any], changed: list[Any], deleted: list[Any]) -> None:
    """Say what became of the rows, for Django's log of changes."""
    formset.new_objects = new
    formset.changed_objects = changed
    formset.deleted_objects = deleted


def kept_and_changed(formset: Any) -> tuple[list[Any], list[Any]]:
    """The forms of stored rows and those of new rows that have something to save."""
    gone = set(map(id, formset.deleted_forms))
    stored = [form for form in formset.initial_forms if id(form) not in gone and form.has_changed()]
    new = [form for form in formset.extra_forms if id(form) not in gone and form.has_changed()]
    return stored, new
