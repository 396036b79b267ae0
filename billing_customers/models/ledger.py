from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import Bucket, CreditType, EventSource
from billing_customers.exceptions import HardDeleteForbidden
from billing_customers.models.customer import Customer
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet

MAX_AMOUNT = 10**15


class Balance(models.Model):
    """What a customer has and owes in one currency, in minor units. Only ``operations/ledger.py`` writes it."""

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="balances", verbose_name=_("customer")
    )
    currency = models.CharField(_("currency"), max_length=3)
    promotional_credits = models.BigIntegerField(_("promotional credits"), default=0)
    refundable_credits = models.BigIntegerField(_("refundable credits"), default=0)
    excess_payments = models.BigIntegerField(_("excess payments"), default=0)
    unbilled_charges = models.BigIntegerField(_("unbilled charges"), default=0)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Balance"])()

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.UniqueConstraint(fields=["site", "customer", "currency"], name="bc_balance_currency"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{bucket}__gte": 0, f"{bucket}__lte": MAX_AMOUNT}), name=f"bc_balance_{bucket}"
                )
                for bucket in Bucket.values
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class LedgerEntryQuerySet(SiteScopedQuerySet["LedgerEntry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise HardDeleteForbidden("A ledger entry never changes: write a reversing one.")

    def delete(self) -> NoReturn:
        raise HardDeleteForbidden("A ledger entry never goes away: write a reversing one.")

    def blank_texts(self, *columns: str) -> int:
        """Empty these texts, which say who and why. The database lets nothing else of an entry change, and this only
        while the personal data of its customer is being cleared.
        """
        return super().update(**dict.fromkeys(columns, ""))


class LedgerEntry(models.Model):
    """One movement of one balance. Append-only; on PostgreSQL and SQLite the database refuses a change of it.

    A correction is another entry, which ``reverses`` this one; each is reversed once at most.
    """

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="ledger_entries", verbose_name=_("customer")
    )
    public_id = models.CharField(_("id"), max_length=50)
    currency = models.CharField(_("currency"), max_length=3)
    bucket = models.CharField(_("balance"), max_length=20, choices=Bucket.choices)
    delta = models.BigIntegerField(_("amount"))
    balance_after = models.BigIntegerField(_("balance after"))
    # What it is for, such as "payment:txn_…"; one entry for each reference of a balance.
    reference = models.CharField(_("reference"), max_length=150, null=True)
    reverses = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="reversed_by", verbose_name=_("reverses")
    )
    credit_type = models.CharField(_("credit type"), max_length=20, blank=True, choices=CreditType.choices)
    description = models.CharField(_("description"), max_length=250, blank=True)
    caller_reference = models.CharField(_("caller's reference"), max_length=500, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=EventSource.choices)
    done_by = models.CharField(_("by"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created at"), editable=False)

    objects = models.Manager.from_queryset(LedgerEntryQuerySet)()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [
            models.UniqueConstraint(fields=["site", "public_id"], name="bc_entry_public_id"),
            models.UniqueConstraint(fields=["site", "customer", "bucket", "reference"], name="bc_entry_reference"),
            models.CheckConstraint(condition=~Q(delta=0), name="bc_entry_delta"),
            models.CheckConstraint(condition=Q(balance_after__gte=0), name="bc_entry_balance_after"),
        ]
        indexes = [
            models.Index(fields=["site", "customer", "currency", "bucket", "id"], name="bc_entry_chain"),
            models.Index(fields=["site", "bucket", "created_at", "id"], name="bc_entry_created"),
        ]

    def __str__(self) -> str:
        return self.public_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise HardDeleteForbidden("A ledger entry never changes: write a reversing one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise HardDeleteForbidden("A ledger entry never goes away: write a reversing one.")
