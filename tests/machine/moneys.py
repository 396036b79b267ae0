"""The model's money: credits, documents, payments, and what is paid with."""

from __future__ import annotations

from collections.abc import Sequence

from tests.machine.model import (
    LIVE_STATUSES,
    OPEN,
    Charge,
    Customer,
    Entry,
    Fails,
    Invoice,
    Note,
    Owned,
    Payment,
    Refused,
    SiteModel,
    Source,
    Subscription,
    Use,
    refuse_if,
)

DEFAULT_CURRENCY = "USD"
COLLECTABLE = ("payment_due", "not_paid")
# What the test gateway makes of a charge: the status of the payment then, and once it is asked again.
AT_ONCE = {
    "success": "success",
    "card_declined": "failure",
    "pending": "in_progress",
    "pending_declined": "in_progress",
    "lost_answer": "timeout",
    "not_reached": "timeout",
}
IN_THE_END = {"pending": "success", "pending_declined": "failure", "lost_answer": "success", "not_reached": "failure"}


class Money(SiteModel):
    def credit(self, public_id: str, amount: int, currency: str | None) -> None:
        self._credit(self.opened(public_id), amount, currency)

    def deduct(self, public_id: str, amount: int, currency: str | None) -> None:
        self._credit(self.opened(public_id), -amount, currency)

    def set_credits(self, public_id: str, amount: int, currency: str | None) -> None:
        customer = self.opened(public_id)
        there = customer.balances[currency or DEFAULT_CURRENCY, "promotional_credits"]
        if amount != there:
            self._credit(customer, amount - there, currency)

    def reverse(self, entry: Entry | None) -> None:
        """``None`` for one that there is not in this site."""
        if entry is None or entry.bucket != "promotional_credits" or not entry.owner.live:
            raise Refused("NotFound")
        refuse_if(entry.owner.clearing != OPEN or entry.has_reference or entry.reverses, "InvalidState")
        refuse_if(any(each.reverses is entry for each in self.entries), "InvalidState")
        self.move(entry.owner, entry.currency, entry.bucket, -entry.delta, reverses=entry)
        self._tell_credits(entry.owner, -entry.delta)

    def pay(self, public_id: str, amount: int, currency: str | None, payment_id: str | None) -> None:
        """A payment that came in by another way."""
        customer = self.opened(public_id)
        self._check_free(self.payments, payment_id)
        currency = currency or DEFAULT_CURRENCY
        payment = Payment(customer, payment_id, self.now, currency, amount, "success", unused=amount)
        self.payments.append(payment)
        self.move(customer, currency, "excess_payments", amount, has_reference=True)
        customer.tell("transaction_created")

    def subscribe(self, public_id: str, subscription_id: str | None, status: str) -> None:
        customer = self.opened(public_id)
        self._check_free(self.subscriptions, subscription_id)
        self.subscriptions.append(Subscription(customer, subscription_id, self.now, status))
        customer.tell("subscription_created")

    def change_subscription(self, subscription_id: str, status: str) -> None:
        found = next((each for each in self.subscriptions if each.id == subscription_id), None)
        if found is None or not found.owner.live:
            raise Refused("NotFound")
        if found.status == status:
            return
        refuse_if(status in LIVE_STATUSES and found.owner.clearing != OPEN, "InvalidState")
        found.status, found.changed = status, self.now
        found.owner.tell("subscription_changed")

    def invoice(
        self, public_id: str, total: int, currency: str | None, invoice_id: str | None, status: str, *, uses: bool
    ) -> None:
        customer = self.opened(public_id)
        owner = customer.invoiced
        refuse_if(owner.clearing != OPEN, "InvalidState")
        self._check_free(self.invoices, invoice_id)
        currency = currency or DEFAULT_CURRENCY
        made = Invoice(owner, invoice_id, self.now, currency, status if total else "paid", total, total)
        self.invoices.append(made)
        if uses:
            self._apply_credits(owner, made)
        owner.tell("invoice_generated")

    def note(self, public_id: str, total: int, currency: str | None) -> None:
        customer = self.opened(public_id)
        currency = currency or DEFAULT_CURRENCY
        self.notes.append(Note(customer, None, self.now, currency, total, total))
        self.move(customer, currency, "refundable_credits", total, has_reference=True)

    def charge(self, public_id: str, amount: int, currency: str | None) -> None:
        customer = self.opened(public_id)
        currency = currency or DEFAULT_CURRENCY
        self.charges.append(Charge(customer, None, self.now, currency, amount))
        self.move(customer, currency, "unbilled_charges", amount, has_reference=True)

    def close_charge(self, charge_id: str) -> None:
        found = next((each for each in self.charges if each.id == charge_id), None)
        if found is None or not found.owner.live:
            raise Refused("NotFound")
        refuse_if(found.closed, "InvalidState")
        found.closed, found.changed = True, self.now
        self.move(found.owner, found.currency, "unbilled_charges", -found.amount, has_reference=True)

    def add_source(self, public_id: str, word: str, reference: str | None, *, primary: bool) -> None:
        """``word`` is what the gateway will do with it; ``reference`` names what it has already."""
        customer = self.named(public_id)
        refuse_if(word == "refused", "PaymentFailed")
        self.opened(public_id)
        self._attach(customer, word, reference, as_primary=primary or customer.primary is None)

    def assign_role(self, public_id: str, source_id: str, role: str) -> None:
        customer = self.opened(public_id)
        source = self._attached(customer, source_id)
        refuse_if(source is customer.primary, "InvalidState")
        before = customer.primary, customer.backup
        if customer.backup is source:
            customer.backup = None
        if role == "primary":
            customer.primary = source
        elif role == "backup":
            customer.backup = source
        self._tell_roles(customer, before)

    def detach(self, source_id: str) -> None:
        source = next((each for each in self.sources if each.id == source_id), None)
        if source is None or not source.attached or not source.owner.live:
            raise Refused("NotFound")
        customer = source.owner
        before = customer.primary, customer.backup
        source.attached, source.changed = False, self.now
        if customer.primary is source:
            customer.primary, customer.backup = customer.backup, None
        elif customer.backup is source:
            customer.backup = None
        self._tell_roles(customer, before)
        customer.tell("payment_source_deleted")

    def collect(
        self,
        public_id: str,
        wanted: Sequence[tuple[str, int | None]],
        amount: int | None,
        *,
        source_id: str | None = None,
        card: str | None = None,
        retains: bool = False,
        replaces: bool = False,
    ) -> None:
        """``card`` is what the gateway does with a new card; else it is the source, or the payer's own choice."""
        refuse_if(len({name for name, _ in wanted}) < len(wanted), "InvalidInput")
        asked = sum(part or 0 for _, part in wanted)
        refuse_if(amount is not None and asked > amount, "InvalidInput")
        customer = self.opened(public_id)
        invoices = [(self._payable(customer, name), part) for name, part in wanted]
        payer = invoices[0][0].owner.payer
        refuse_if(any(invoice.owner.payer is not payer for invoice, _ in invoices), "InvalidInput")
        refuse_if(payer.clearing != OPEN, "InvalidState")
        for invoice, part in invoices:
            refuse_if(invoice.status not in COLLECTABLE or (part or 0) > invoice.due, "InvalidInput")
        refuse_if(len({invoice.currency for invoice, _ in invoices}) > 1, "InvalidInput")
        total = amount if amount is not None else sum(part or invoice.due for invoice, part in invoices)
        uses = self._shared(invoices, total)
        source = None
        if card is None:
            source = self._chosen(payer, source_id)
        refuse_if(any(use.invoice.held for use in uses), "InvalidState")
        refuse_if(card == "refused", "PaymentFailed")
        payment = Payment(payer, None, self.now, invoices[0][0].currency, total, "in_progress", uses=uses)
        payment.word, payment.source, payment.is_new_source = (
            card or (source.word if source else ""),
            source,
            not source,
        )
        payment.retains, payment.replaces = retains or replaces, replaces
        self.payments.append(payment)
        for use in uses:
            use.invoice.held = True
        self.settle(payment, AT_ONCE[payment.word])
        if payment.status == "failure":
            raise Fails("PaymentFailed")
        if payment.status == "timeout":
            raise Fails("PaymentUncertain")

    def settle(self, payment: Payment, status: str) -> None:
        """What the gateway says is booked."""
        payment.status, payment.changed = status, self.now
        if status == "timeout":
            return
        if status == "in_progress":
            payment.owner.tell("payment_initiated")
            return
        for use in payment.uses:
            use.invoice.held = False
        if status == "failure":
            payment.owner.tell("payment_failed")
            return
        left = payment.amount
        for use in payment.uses:
            self._note_paid(use.invoice, paid=use.amount)
            use.applied = True
            left -= use.amount
        if left:
            payment.unused = left
            self.move(payment.owner, payment.currency, "excess_payments", left, has_reference=True)
        self._keep_source(payment)
        payment.owner.tell("payment_succeeded")
        for use in payment.uses:
            if use.invoice.owner.live:
                use.invoice.owner.tell("invoice_updated")

    def overdue(self) -> list[Payment]:
        """Those that nobody has gone on with for two minutes."""
        waiting = [each for each in self.payments if each.under_way]
        return [each for each in waiting if (self.now - each.changed).total_seconds() >= 120]

    def _credit(self, customer: Customer, delta: int, currency: str | None) -> None:
        self.move(customer, currency or DEFAULT_CURRENCY, "promotional_credits", delta)
        self._tell_credits(customer, delta)

    @staticmethod
    def _tell_credits(customer: Customer, delta: int) -> None:
        customer.tell(f"promotional_credits_{'added' if delta > 0 else 'deducted'}")

    @staticmethod
    def _check_free(rows: Sequence[Owned], given: str | None) -> None:
        refuse_if(given is not None and any(each.id == given for each in rows), "DuplicateId")

    def _note_paid(self, invoice: Invoice, *, paid: int = 0, credited: int = 0) -> None:
        invoice.due -= paid + credited
        invoice.paid += paid
        invoice.credited += credited
        invoice.changed = self.now
        if not invoice.due:
            invoice.status = "paid"

    def _apply_credits(self, customer: Customer, invoice: Invoice) -> None:
        """Promotional credits, then credit notes, then payments, the oldest first, each as far as it goes."""
        currency = invoice.currency
        used = min(customer.balances[currency, "promotional_credits"], invoice.due)
        if used:
            self.move(customer, currency, "promotional_credits", -used, has_reference=True)
            self._note_paid(invoice, credited=used)
            customer.tell("promotional_credits_deducted")
        for note in self.notes:
            used = min(note.available, invoice.due)
            if used and note.owner is customer and note.currency == currency:
                note.available, note.changed = note.available - used, self.now
                self.credits_used.append((note, invoice, used))
                self.move(customer, currency, "refundable_credits", -used, has_reference=True)
                self._note_paid(invoice, credited=used)
        for payment in self.payments:
            used = min(payment.unused, invoice.due)
            if used and payment.owner is customer and payment.currency == currency:
                payment.unused, payment.changed = payment.unused - used, self.now
                payment.uses.append(Use(invoice, used, applied=True))
                self.move(customer, currency, "excess_payments", -used, has_reference=True)
                self._note_paid(invoice, paid=used)

    def _attach(self, customer: Customer, word: str, reference: str | None, *, as_primary: bool) -> Source:
        known = [each for each in self.attached(customer) if reference is not None and each.reference == reference]
        source = known[0] if known else Source(customer, None, self.now, word, reference)
        before = customer.primary, customer.backup
        if as_primary:
            customer.backup = None if customer.backup is source else customer.backup
            customer.primary = source
        self._tell_roles(customer, before)
        if not known:
            self.sources.append(source)
            customer.tell("payment_source_added")
        return source

    def _attached(self, customer: Customer, source_id: str | None) -> Source:
        for each in self.attached(customer):
            if each.id == source_id:
                return each
        raise Refused("NotFound")

    @staticmethod
    def _tell_roles(customer: Customer, before: tuple[Source | None, Source | None]) -> None:
        if (customer.primary, customer.backup) != before:
            customer.tell("customer_changed")

    def _payable(self, customer: Customer, invoice_id: str) -> Invoice:
        for each in self.invoices:
            is_its = each.owner is customer or (each.owner.live and each.owner.payer is customer)
            if each.id == invoice_id and is_its:
                return each
        raise Refused("NotFound")

    @staticmethod
    def _shared(invoices: list[tuple[Invoice, int | None]], total: int) -> list[Use]:
        left = total - sum(part or 0 for _, part in invoices)
        uses = []
        for invoice, part in invoices:
            amount = min(invoice.due, left) if part is None else part
            left -= amount if part is None else 0
            if amount:
                uses.append(Use(invoice, amount, applied=False))
        return uses

    def _chosen(self, payer: Customer, source_id: str | None) -> Source:
        if source_id is not None:
            return self._attached(payer, source_id)
        found = payer.primary or payer.backup
        if found is None:
            raise Refused("PaymentSourceMissing")
        return found

    def _keep_source(self, payment: Payment) -> None:
        payer = payment.owner
        if payment.is_new_source and payment.retains:
            as_primary = payment.replaces or payer.primary is None
            payment.source = self._attach(payer, payment.word, None, as_primary=as_primary)
        elif payment.source is not None and payment.replaces:
            source = payment.source
            if source.attached and source.owner is payer:
                before = payer.primary, payer.backup
                payer.backup = None if payer.backup is source else payer.backup
                payer.primary = source
                self._tell_roles(payer, before)
