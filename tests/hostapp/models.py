"""A host project's own user, with a key that is not a number, and what it keeps of customers."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class HostUser(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)


class Membership(models.Model):
    """A host's idea of a subscription, in its own words."""

    member = models.ForeignKey("billing_customers.Customer", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    # "on", "trial", "late", "off"
    state = models.CharField(max_length=10)
    nickname = models.CharField(max_length=50)
    phone = models.CharField(max_length=50, null=True)
    greeting = models.CharField(max_length=50, default="Dear customer")

    def __str__(self) -> str:
        return self.code


class Badge(models.Model):
    """Something without a status, which a customer has or has not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey("billing_customers.Customer", on_delete=models.CASCADE, related_name="+")
    given_at = models.DateTimeField()
    value = models.DecimalField(max_digits=10, decimal_places=2)

    def __str__(self) -> str:
        return str(self.id)
