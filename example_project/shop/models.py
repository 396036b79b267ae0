"""What a host brings along: its own subscriptions, which billing_customers learns of by the setting ``NEIGHBORS``."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models


class Subscription(models.Model):
    """Magazines that a customer has ordered. While one is running, paused or unpaid, its customer is not deleted."""

    class State(models.TextChoices):
        RUNNING = "running"
        TRIAL = "trial"
        UNPAID = "unpaid"
        ENDED = "ended"

    customer = models.ForeignKey("billing_customers.Customer", on_delete=models.PROTECT, related_name="+")
    magazine = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    # Whose name stands on the envelope: personal data, blanked when the customer is erased.
    recipient = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return f"{self.magazine} ({self.state})"

    def clean(self) -> None:
        """The admin's forms show a mistake where it was made."""
        customer = getattr(self, "customer", None)
        if customer is not None and customer.deleted_at is not None and self.state != self.State.ENDED:
            raise ValidationError({"customer": "The customer was deleted."})
