from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from billing_customers.operations.locks import lock_customer
from example_project.shop.models import Subscription


@admin.register(Subscription)
class SubscriptionAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # it cannot be subscripted when it runs
    list_display = ("magazine", "customer", "state")
    list_filter = ("state",)
    search_fields = ("magazine", "customer__public_id")
    raw_id_fields = ("customer",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep deletions away meanwhile: whoever gives a customer something live locks it first."""
        with transaction.atomic():
            if obj.state != Subscription.State.ENDED:
                lock_customer(obj.customer.site, obj.customer.public_id)
            super().save_model(request, obj, form, change)
