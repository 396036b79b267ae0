from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingCustomersConfig(AppConfig):
    name = "billing_customers"
    label = "billing_customers"
    verbose_name = _("Billing customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from billing_customers import checks, receivers, request_id  # noqa: F401, PLC0415
        from billing_customers.operations import (  # noqa: F401, PLC0415 - they carry out jobs
            deletion,
            erasure,
            expiries,
            merging,
            move,
            reconciling,
            resending,
            upkeep,
        )
        from billing_customers.work import engines  # noqa: PLC0415

        request_id.tag_log_records()
        receivers.connect()
        engines.register_tasks()
