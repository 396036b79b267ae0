from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing_customers.choices import TransactionStatus, TransactionType
from billing_customers.models.customer import Customer
from billing_customers.models.documents import CreditNote, Invoice
from billing_customers.models.gateway import GatewayAccount
from billing_customers.models.payment_source import PaymentSource
from billing_customers.models.site import BillingSite
from billing_customers.tenancy import SiteScopedQuerySet

# It is not known yet what became of it.
UNSETTLED = (TransactionStatus.IN_PROGRESS.value, TransactionStatus.TIMEOUT.value)


class Transaction(models.Model):
    """Money that moved, or was asked to: a payment by a gateway or one that was recorded by hand.

    The row of a gateway's payment is committed before the gateway is called; ``public_id`` is the key by which the
    gateway is asked what became of it. Amounts are in minor units.
    """

    site = models.ForeignKey(
        BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+", verbose_name=_("site")
    )
    # Who pays: the payment owner of the invoices.
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("customer")
    )
    public_id = models.CharField(_("id"), max_length=40)
    type = models.CharField(_("type"), max_length=20, choices=TransactionType.choices)
    status = models.CharField(_("status"), max_length=20, choices=TransactionStatus.choices)
    payment_method = models.CharField(_("payment method"), max_length=40)
    amount = models.BigIntegerField(_("amount"))
    amount_unused = models.BigIntegerField(
        _("amount unused"), default=0, help_text=_("What is left of it as excess payment.")
    )
    currency = models.CharField(_("currency"), max_length=3)
    date = models.DateTimeField(_("date"))
    reference_number = models.CharField(_("reference number"), max_length=100, blank=True)
    comment = models.CharField(_("comment"), max_length=300, blank=True)

    gateway_account = models.ForeignKey(
        GatewayAccount, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("gateway account")
    )
    gateway = models.CharField(_("gateway"), max_length=50, default="not_applicable")
    payment_source = models.ForeignKey(
        PaymentSource, null=True, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("source")
    )
    # What the gateway was told to charge, while the payment source is not (or never) one of the customer's.
    source_reference = models.CharField(max_length=200, blank=True, editable=False)
    # What becomes of a new source: see operations/collecting.py.
    plan = models.JSONField(default=dict, editable=False)
    masked_card_number = models.CharField(_("card"), max_length=30, blank=True)
    id_at_gateway = models.CharField(_("id at the gateway"), max_length=100, blank=True)
    error_code = models.CharField(_("error code"), max_length=100, blank=True)
    error_text = models.CharField(_("error"), max_length=250, blank=True)
    # The idempotency record of the request that asked for it; a request that is repeated finds it again.
    request_key = models.CharField(max_length=50, null=True, editable=False)

    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("updated at"), editable=False)
    settled_at = models.DateTimeField(_("settled at"), null=True, editable=False)
    resource_version = models.BigIntegerField(_("version"), editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Transaction"])()

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [
            models.UniqueConstraint(fields=["site", "public_id"], name="bc_transaction_public_id"),
            models.UniqueConstraint(fields=["site", "request_key"], name="bc_transaction_request"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount_unused__gte=0, amount_unused__lte=F("amount")),
                name="bc_transaction_amounts",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "created_at", "id"], name="bc_transaction_created"),
            models.Index(fields=["site", "date", "id"], name="bc_transaction_date"),
            models.Index(fields=["site", "updated_at", "id"], name="bc_transaction_updated"),
            models.Index(fields=["site", "customer", "created_at", "id"], name="bc_transaction_customer"),
            # For the job that looks for those that nobody goes on with.
            models.Index(fields=["updated_at"], name="bc_transaction_unsettled", condition=Q(status__in=UNSETTLED)),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_settled(self) -> bool:
        """Whether it is known what became of it."""
        return self.status not in UNSETTLED


class Allocation(models.Model):
    """What of a payment, or of a credit note, is for an invoice.

    ``is_open`` is true while the payment is under way, and null afterwards: nulls are distinct in a unique key, so that
    an invoice has one open payment at most, on every database.
    """

    site = models.ForeignKey(BillingSite, db_index=False, on_delete=models.PROTECT, related_name="+")
    transaction = models.ForeignKey(Transaction, null=True, on_delete=models.PROTECT, related_name="allocations")
    credit_note = models.ForeignKey(CreditNote, null=True, on_delete=models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    position = models.PositiveSmallIntegerField(default=0)
    amount = models.BigIntegerField(_("amount"))
    is_open = models.BooleanField(null=True, editable=False)
    # Null until the money is there.
    applied_at = models.DateTimeField(_("applied at"), null=True)

    objects = models.Manager.from_queryset(SiteScopedQuerySet["Allocation"])()

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "is_open"], name="bc_allocation_one_open"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="bc_allocation_amount"),
            models.CheckConstraint(
                condition=Q(transaction__isnull=False, credit_note__isnull=True)
                | Q(transaction__isnull=True, credit_note__isnull=False),
                name="bc_allocation_of_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
