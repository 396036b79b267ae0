"""The money of a customer on its page: a table of each kind, in a query each, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.amounts import amount
from billing_customers.admin.cells import link, ltr, moment, with_note
from billing_customers.admin.documents import collect_url, is_collectable
from billing_customers.admin.ledger_entries import entry_reason
from billing_customers.admin.money_base import may_view, status_badge
from billing_customers.admin.money_permissions import ASSIGN_ROLE, COLLECT, CREDIT, DETACH
from billing_customers.admin.money_tables import Column, table
from billing_customers.admin.payment_sources import expiry_text, role_badges, source_text
from billing_customers.choices import Bucket
from billing_customers.models import (
    Balance,
    Customer,
    Invoice,
    LedgerEntry,
    PaymentSource,
    Subscription,
    Transaction,
)

# Rows of a table; the whole list is a link away.
SHOWN = 5
CURRENCIES_SHOWN = 20
SOURCES_SHOWN = 10

_ACTS = Column("")


@dataclass(frozen=True, slots=True)
class Part:
    """A table with its heading, and links (addresses and labels) above it."""

    title: str | Promise
    table: str
    links: Sequence[tuple[str, str | Promise]]


class MoneySection:
    """What the user of ``request`` may see of the money of ``customer``, and do with it."""

    def __init__(self, request: HttpRequest, customer: Customer, site_name: str) -> None:
        self.request = request
        self.customer = customer
        self.site_name = site_name

    def parts(self) -> list[Part]:
        """The tables that the user may see."""
        return [part() for part in self.seen()]

    def seen(self) -> list[Callable[[], Part]]:
        """What makes these tables; nothing is read yet."""
        sights: tuple[tuple[Callable[[], Part], str, tuple[str, ...]], ...] = (
            (self.balances, "ledgerentry", (CREDIT,)),
            (self.sources, "paymentsource", (DETACH,)),
            (self.invoices, "invoice", (COLLECT,)),
            (self.subscriptions, "subscription", ()),
            (self.transactions, "transaction", ()),
            (self.entries, "ledgerentry", ()),
        )
        return [part for part, name, deeds in sights if self.sees(name) or any(map(self.may, deeds))]

    def sees(self, name: str) -> bool:
        return may_view(self.request, name)

    def may(self, permission: str) -> bool:
        """Whether the user may do it now: nothing is done with a tombstone."""
        return bool(self.customer.is_live) and self.request.user.has_perm(permission)

    def balances(self) -> Part:
        rows = self._rows(Balance).order_by("currency")[:CURRENCIES_SHOWN] if self.customer.has_balances else []
        lines = [[ltr(row.currency), *(amount(getattr(row, each), row.currency) for each in Bucket)] for row in rows]
        columns = [Column(_("currency")), *(Column(bucket.label, is_amount=True) for bucket in Bucket)]
        shown = table(columns, lines, nothing=gettext("No balance was ever moved."))
        links = [(self._act("credit"), _("Add or deduct promotional credits…"))] if self.may(CREDIT) else []
        return Part(_("Balances"), shown, links)

    def sources(self) -> Part:
        customer = self.customer
        roles = Case(
            When(public_id=customer.primary_payment_source_id, then=Value(0)),
            When(public_id=customer.backup_payment_source_id, then=Value(1)),
            default=Value(2),
        )
        found = self._rows(PaymentSource).filter(deleted_at=None).order_by(roles, "-created_at", "-id")[:SOURCES_SHOWN]
        lines = [
            [
                with_note(ltr(source_text(each)), self._id("paymentsource", each)),
                ltr(expiry_text(each)),
                role_badges(each, customer),
                status_badge(each),
                self._source_acts(each),
            ]
            for each in found
        ]
        columns = [Column(_("payment source")), Column(_("expires")), Column(_("role")), Column(_("status")), _ACTS]
        return Part(
            _("Payment sources"),
            table(columns, lines, nothing=gettext("None is attached.")),
            self._all("paymentsource", _("All payment sources")),
        )

    def invoices(self) -> Part:
        may_collect = self.may(COLLECT)
        lines = [
            [
                self._id("invoice", each),
                status_badge(each),
                amount(each.total, each.currency),
                amount(each.amount_due, each.currency),
                moment(each.date),
                moment(each.due_at),
                _button(collect_url(self.site_name, each), _("Collect…"))
                if may_collect and is_collectable(each)
                else "",
            ]
            for each in self._rows(Invoice).order_by("-id")[:SHOWN]
        ]
        amounts = (Column(_("total"), is_amount=True), Column(_("amount due"), is_amount=True))
        columns = [Column(_("invoice")), Column(_("status")), *amounts, Column(_("date")), Column(_("due at")), _ACTS]
        shown = table(columns, lines, nothing=gettext("There is no invoice."))
        return Part(_("Latest invoices"), shown, self._all("invoice", _("All invoices")))

    def subscriptions(self) -> Part:
        lines = [
            [
                self._id("subscription", each),
                status_badge(each),
                ltr(each.currency),
                moment(each.started_at),
                moment(each.cancelled_at),
            ]
            for each in self._rows(Subscription).order_by("-id")[:SHOWN]
        ]
        times = (Column(_("started at")), Column(_("cancelled at")))
        columns = [Column(_("subscription")), Column(_("status")), Column(_("currency")), *times]
        shown = table(columns, lines, nothing=gettext("There is no subscription."))
        return Part(_("Latest subscriptions"), shown, self._all("subscription", _("All subscriptions")))

    def transactions(self) -> Part:
        lines = [
            [
                self._id("transaction", each),
                with_note(each.get_type_display(), each.payment_method),
                status_badge(each),
                amount(each.amount, each.currency),
                moment(each.date),
            ]
            for each in self._rows(Transaction).order_by("-created_at", "-id")[:SHOWN]
        ]
        last = (Column(_("amount"), is_amount=True), Column(_("date")))
        columns = [Column(_("transaction")), Column(_("type")), Column(_("status")), *last]
        shown = table(columns, lines, nothing=gettext("There is no transaction."))
        return Part(_("Latest transactions"), shown, self._all("transaction", _("All transactions")))

    def entries(self) -> Part:
        lines = [
            [
                self._id("ledgerentry", each),
                each.get_bucket_display(),
                amount(each.delta, each.currency),
                amount(each.balance_after, each.currency),
                entry_reason(each),
                moment(each.created_at),
            ]
            for each in self._rows(LedgerEntry).order_by("-id")[:SHOWN]
        ]
        amounts = (Column(_("amount"), is_amount=True), Column(_("balance after"), is_amount=True))
        columns = [Column(_("entry")), Column(_("balance")), *amounts, Column(_("reason")), Column(_("created at"))]
        shown = table(columns, lines, nothing=gettext("No balance was ever moved."))
        return Part(_("Latest ledger entries"), shown, self._all("ledgerentry", _("All ledger entries")))

    def _rows(self, model: Any) -> Any:
        return model.objects.for_site(self.customer.site_id).filter(customer_id=self.customer.pk)

    def _source_acts(self, source: PaymentSource) -> str:
        acts = []
        if self.may(ASSIGN_ROLE) and source.public_id != self.customer.primary_payment_source_id:
            acts.append((self._act("primary", source.pk), _("Make primary…")))
        if self.may(DETACH):
            acts.append((self._act("detach", source.pk), _("Detach…")))
        return format_html_join(" ", "{}", ((_button(*act),) for act in acts))

    def _id(self, name: str, row: Any) -> str:
        return link(self._url(f"{name}_change", row.pk), row.public_id) if self.sees(name) else ltr(row.public_id)

    def _all(self, name: str, label: Any) -> Sequence[tuple[str, str | Promise]]:
        return [(f"{self._url(f'{name}_changelist')}?customer={self.customer.pk}", label)] if self.sees(name) else []

    def _act(self, name: str, *args: Any) -> str:
        return self._url(f"customer_{name}", self.customer.pk, *args)

    def _url(self, page: str, *args: Any) -> str:
        return reverse(f"{self.site_name}:billing_customers_{page}", args=args)


def _button(url: str, label: Any) -> str:
    return format_html('<a class="bc-act" href="{}">{}</a>', url, label)
