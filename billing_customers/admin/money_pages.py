"""What staff do with the money of a customer."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.amounts import amount_text
from billing_customers.admin.base import acting
from billing_customers.admin.confirming import Question, is_confirmed
from billing_customers.admin.customer_deeds import CustomerDeeds, Deed
from billing_customers.admin.money_forms import DEDUCT, SOURCES_OFFERED, CollectForm, CreditForm
from billing_customers.admin.money_permissions import ASSIGN_ROLE, COLLECT, CREDIT, DETACH
from billing_customers.admin.payment_sources import source_text
from billing_customers.choices import Bucket, PaymentRole, TransactionStatus
from billing_customers.exceptions import BillingError, InsufficientBalance, PaymentUncertain
from billing_customers.models import Customer, Invoice, PaymentSource, Relationship
from billing_customers.operations import ledger
from billing_customers.operations.collecting import Collection
from billing_customers.operations.collection_plan import Wanted
from billing_customers.operations.credits import add_promotional_credits, deduct_promotional_credits
from billing_customers.operations.payment_sources import assign_payment_role, delete_payment_source
from billing_customers.operations.reconciling import collect_payment

# The section of the customer's page that they lead back to.
PART = "money"
CREDITS = Question(
    action="credit",
    title=_("Add or deduct promotional credits"),
    warning=_("They are used for invoices before anything is charged. The ledger keeps each movement for good."),
    button=_("Book it now"),
    is_danger=False,
)
PRIMARY = Question(
    action="primary",
    title=_("Make the payment source primary?"),
    warning="",
    button=_("Make it primary"),
    is_danger=False,
)
DETACH_SOURCE = Question(action="detach", title=_("Detach the payment source?"), warning="", button=_("Detach now"))
COLLECTING = Question(action="collect", title=_("Collect the invoice?"), warning="", button=_("Charge now"))


class MoneyPages(CustomerDeeds):
    """The pages. Each has a permission of its own, beside that to see customers."""

    def deeds(self) -> dict[str, tuple[str, Deed]]:
        return {
            **super().deeds(),
            "credit": ("credit/", self.credit_view),
            "primary": ("source/<int:source_pk>/primary/", self.primary_view),
            "detach": ("source/<int:source_pk>/detach/", self.detach_view),
            "collect": ("collect/<int:invoice_pk>/", self.collect_view),
        }

    def credit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, CREDIT)
        form = CreditForm(customer, request.POST if is_confirmed(request) else None)
        if form.is_valid() and self._book(request, customer, form):
            return self.to_page(customer, PART)
        return self.asked(request, customer, replace(CREDITS, form=form))

    def primary_view(self, request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, ASSIGN_ROLE)
        source = _source_of(customer, source_pk)

        def act() -> None:
            assign_payment_role(
                site=customer.site,
                customer_public_id=customer.public_id,
                payment_source_id=source.public_id,
                role=PaymentRole.PRIMARY,
                actor=acting(request),
                at=timezone.now(),
            )
            self.log_change(request, customer, f"Made {source.public_id} the primary payment source.")

        warning = gettext("%(source)s is charged from now on. What was primary stays attached, without a role.")
        done = gettext("%(source)s is the primary payment source now.")
        name = {"source": source_text(source)}
        question = replace(PRIMARY, warning=warning % name)
        return self.asked_or_done(request, customer, question, done % name, act, part=PART)

    def detach_view(self, request: HttpRequest, pk: int, source_pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, DETACH)
        source = _source_of(customer, source_pk)

        def act() -> None:
            delete_payment_source(
                site=customer.site, public_id=source.public_id, actor=acting(request), at=timezone.now()
            )
            self.log_change(request, customer, f"Detached the payment source {source.public_id}.")

        warning = gettext(
            "%(source)s can be charged no more, and the gateway forgets it too. If it is the primary one, the backup "
            "takes its place. This cannot be undone."
        )
        done = gettext("%(source)s was detached.")
        name = {"source": source_text(source)}
        question = replace(DETACH_SOURCE, warning=warning % name)
        return self.asked_or_done(request, customer, question, done % name, act, part=PART)

    def collect_view(self, request: HttpRequest, pk: int, invoice_pk: int) -> HttpResponse:
        customer = self.customer_for(request, pk, COLLECT)
        invoice = Invoice.objects.for_site(customer.site).filter(customer=customer, pk=invoice_pk).first()
        if invoice is None:
            raise Http404
        payer = _payer_of(customer)
        attached = PaymentSource.objects.for_site(customer.site).attached().filter(customer=payer)
        sources = list(attached.newest_first()[:SOURCES_OFFERED])
        form = CollectForm(invoice, payer, sources, request.POST if is_confirmed(request) else None)
        if form.is_valid() and self._collect(request, customer, invoice, form):
            return self.to_page(customer, PART)
        due = amount_text(invoice.amount_due, invoice.currency)
        warning = gettext("%(due)s are due for the invoice %(invoice)s, and are charged at once to %(payer)s.")
        told = {"due": due, "invoice": invoice.public_id, "payer": payer.public_id}
        error = "" if sources else gettext("There is no payment source to collect from.")
        return self.asked(request, customer, replace(COLLECTING, warning=warning % told, form=form, error=error))

    def _book(self, request: HttpRequest, customer: Customer, form: CreditForm) -> bool:
        """Book what the form says; whether it was done."""
        said = form.cleaned_data
        is_deduction = said["deed"] == DEDUCT
        operation = deduct_promotional_credits if is_deduction else add_promotional_credits
        try:
            _customer, entry = operation(
                site=customer.site,
                customer_public_id=customer.public_id,
                amount=said["minor"],
                description=said["description"],
                credit_type=said["credit_type"],
                reference=said["reference"] or None,
                currency_code=said["currency_code"],
                expected_version=said["expected_version"],
                actor=acting(request),
                at=timezone.now(),
            )
        except InsufficientBalance:
            there = ledger.balance_of(customer.site, customer, said["currency_code"], Bucket.PROMOTIONAL_CREDITS)
            most = amount_text(there, said["currency_code"])
            form.add_error("amount", gettext("No more can be deducted than there is: %(most)s.") % {"most": most})
            return False
        except BillingError as error:
            form.show(error)
            return False
        self.log_change(request, customer, f"Booked {entry.delta} {entry.currency} of promotional credits.")
        told = gettext("Booked: %(amount)s. The promotional credits are %(balance)s now.") % {
            "amount": amount_text(entry.delta, entry.currency),
            "balance": amount_text(entry.balance_after, entry.currency),
        }
        self.message_user(request, told, messages.SUCCESS)
        return True

    def _collect(self, request: HttpRequest, customer: Customer, invoice: Invoice, form: CollectForm) -> bool:
        """Charge what is due; whether there is nothing more to ask."""
        said = form.cleaned_data
        collection = Collection(
            invoices=(Wanted(invoice.public_id, said["amount"]),), payment_source_id=said["payment_source_id"]
        )
        try:
            payment = collect_payment(
                site=customer.site,
                customer_public_id=customer.public_id,
                collection=collection,
                actor=acting(request),
                at=timezone.now(),
            )
        except PaymentUncertain as error:
            self.log_change(request, customer, f"Collecting {invoice.public_id}: no answer of the gateway yet.")
            self.message_user(request, error.message, messages.WARNING)
            return True
        except BillingError as error:
            form.show(error)
            return False
        self.log_change(request, customer, f"Collected {invoice.public_id} by {payment.public_id}.")
        is_there = payment.status == TransactionStatus.SUCCESS
        told = gettext("%(amount)s were collected.") if is_there else gettext("The payment of %(amount)s is under way.")
        shown = told % {"amount": amount_text(payment.amount, payment.currency)}
        self.message_user(request, shown, messages.SUCCESS if is_there else messages.WARNING)
        return True


def _source_of(customer: Customer, pk: int) -> PaymentSource:
    source = PaymentSource.objects.for_site(customer.site).attached().filter(customer=customer, pk=pk).first()
    if source is None:
        raise Http404
    return source


def _payer_of(customer: Customer) -> Customer:
    """The payment owner in its hierarchy, or the customer itself."""
    stands = Relationship.objects.for_site(customer.site).filter(child=customer).select_related("payment_owner")
    place = stands.first()
    return customer if place is None else place.payment_owner
