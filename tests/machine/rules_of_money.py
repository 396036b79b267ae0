"""Rules of credits, documents, payments and payment sources."""

from __future__ import annotations

from typing import Any

from billing_customers.events.sealing import Secret
from billing_customers.gateways.base import CardInput, ReferenceInput
from billing_customers.models import BillingSite, Job
from billing_customers.operations import documents, payment_roles, payment_sources, payments, reconciling
from billing_customers.operations.collecting import Collection
from billing_customers.operations.collection_plan import Wanted
from billing_customers.operations.credits import (
    add_promotional_credits,
    deduct_promotional_credits,
    reverse_promotional_credits,
    set_promotional_credits,
)
from billing_customers.operations.payment_sources import prepare_source
from billing_customers.operations.source_inputs import GivenSource
from billing_customers.work.handlers import RunningJob
from tests.fixtures import NOW
from tests.machine.moneys import COLLECTABLE
from tests.machine.steps import AMOUNTS, CURRENCY, SITES, WHICH, WHO, Steps, Tenant, chosen, step
from tests.operations import collecting

# By what the test gateway does with them; two of them good, so that most payments come off.
CARDS = {
    "success": collecting.GOOD,
    "card_declined": collecting.DECLINED,
    "pending": collecting.PENDING,
    "pending_declined": collecting.PENDING_DECLINED,
    "lost_answer": collecting.ANSWER_IS_LOST,
    "not_reached": collecting.NOT_REACHED,
    "refused": collecting.REFUSED,
}
WORDS = ("success", *CARDS)
# What a customer of either site may refer to.
REFERENCES = (None, None, "tok_success_known", "tok_pending_known")
USD_CREDITS = ("USD", "promotional_credits")
STATUSES = ("active", "canceled", "trialing", "past_due", "incomplete")


def card(word: str) -> GivenSource:
    number = Secret(CARDS[word])
    return GivenSource(CardInput(number, expiry_month=10, expiry_year=2030, cvv=Secret("999")), within="card")


def add_source(*, replaces: bool, given: Any, public_id: str, site: BillingSite, at: Any) -> None:
    """A gateway keeps it, and the customer gets it."""
    where = {"site": site, "customer_public_id": public_id, "at": at}
    prepared = prepare_source(given=given, gateway_account_id=None, request_key=None, **where)
    if replaces:
        payment_sources.replace_payment_method(prepared=prepared, **where)
    else:
        payment_sources.add_payment_source(prepared=prepared, **where)


class MoneyRules(Steps):
    @step(second=SITES, who=WHO, amount=AMOUNTS, currency=CURRENCY, how=("add", "deduct", "set", "add"))
    def credit(self, second: bool, who: int, amount: int, currency: str | None, how: str) -> None:
        tenant = self.tenant(second)
        takes = how == "deduct"
        public_id = self.who(tenant, who, having=lambda one: takes and one.balances[USD_CREDITS] > 0)
        expected, act = {
            "add": (tenant.model.credit, add_promotional_credits),
            "deduct": (tenant.model.deduct, deduct_promotional_credits),
            "set": (tenant.model.set_credits, set_promotional_credits),
        }[how]
        self.act(
            tenant,
            lambda: expected(public_id, amount, currency),
            act,
            customer_public_id=public_id,
            amount=amount,
            currency_code=currency,
            description="Sorry",
        )

    @step(second=SITES, which=WHICH)
    def reverse_credit(self, second: bool, which: int) -> None:
        tenant = self.tenant(second)
        given = [each for each in tenant.model.entries if each.bucket == "promotional_credits" and each.owner.live]
        newest = [str(each.id) for each in given[-8:]]
        entry_id = chosen(newest, which) if which < 6 else self.id_of(tenant, "entries", which)
        entry = next((each for each in tenant.model.entries if each.id == entry_id), None)
        self.act(
            tenant,
            lambda: tenant.model.reverse(entry),
            reverse_promotional_credits,
            public_id=entry_id,
            description="A mistake",
        )

    @step(second=SITES, who=WHO, amount=AMOUNTS, currency=CURRENCY, named=("", "", "new", "old"))
    def pay_by_hand(self, second: bool, who: int, amount: int, currency: str | None, named: str) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        payment_id = self._named(tenant, "payments", "pay") if named == "new" else "pay-1" if named else None
        self.act(
            tenant,
            lambda: tenant.model.pay(public_id, amount, currency, payment_id),
            payments.record_excess_payment,
            customer_public_id=public_id,
            amount=amount,
            currency_code=currency,
            date=NOW,
            payment_method="cash",
            public_id=payment_id,
        )

    @step(second=SITES, who=WHO, status=STATUSES, is_new=(True, True, True, False))
    def subscribe(self, second: bool, who: int, status: str, is_new: bool) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        name = self._named(tenant, "subscriptions", "sub") if is_new else self.id_of(tenant, "subscriptions", 0)
        self.act(
            tenant,
            lambda: tenant.model.subscribe(public_id, name, status),
            documents.create_subscription,
            customer_public_id=public_id,
            public_id=name,
            status=status,
        )

    @step(second=SITES, which=WHICH, status=STATUSES)
    def change_subscription(self, second: bool, which: int, status: str) -> None:
        tenant = self.tenant(second)
        name = self.id_of(tenant, "subscriptions", which)
        self.act(
            tenant,
            lambda: tenant.model.change_subscription(name, status),
            documents.change_subscription,
            public_id=name,
            status=status,
        )

    @step(
        4,
        second=SITES,
        who=WHO,
        total=(0, 300, 500, 1000, 2000),
        currency=CURRENCY,
        status=("payment_due", "payment_due", "not_paid", "posted"),
        uses_credits=(False, True),
        is_new=(True, True, True, False),
    )
    def invoice(
        self, second: bool, who: int, total: int, currency: str | None, status: str, uses_credits: bool, is_new: bool
    ) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        name = self._named(tenant, "invoices", "inv") if is_new else self.id_of(tenant, "invoices", 0)
        self.act(
            tenant,
            lambda: tenant.model.invoice(public_id, total, currency, name, status, uses=uses_credits),
            documents.create_invoice,
            customer_public_id=public_id,
            total=total,
            currency=currency,
            status=status,
            apply_credits=uses_credits,
            public_id=name,
        )

    @step(second=SITES, who=WHO, total=AMOUNTS, currency=CURRENCY)
    def note(self, second: bool, who: int, total: int, currency: str | None) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        self.act(
            tenant,
            lambda: tenant.model.note(public_id, total, currency),
            documents.create_credit_note,
            customer_public_id=public_id,
            total=total,
            currency=currency,
        )

    @step(second=SITES, who=WHO, amount=AMOUNTS, currency=CURRENCY)
    def charge(self, second: bool, who: int, amount: int, currency: str | None) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        self.act(
            tenant,
            lambda: tenant.model.charge(public_id, amount, currency),
            documents.create_unbilled_charge,
            customer_public_id=public_id,
            amount=amount,
            currency=currency,
        )

    @step(second=SITES, which=WHICH)
    def close_charge(self, second: bool, which: int) -> None:
        tenant = self.tenant(second)
        name = self.id_of(tenant, "charges", which)
        self.act(tenant, lambda: tenant.model.close_charge(name), documents.close_unbilled_charge, public_id=name)

    @step(4, second=SITES, who=WHO, word=WORDS, reference=REFERENCES, replaces=(False, True))
    def add_source(self, second: bool, who: int, word: str, reference: str | None, replaces: bool) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        given: Any = card(word).source
        if reference is not None:
            word, given = reference.split("_")[1], ReferenceInput("card", reference_id=reference)
        self.act(
            tenant,
            lambda: tenant.model.add_source(public_id, word, reference, primary=replaces),
            add_source,
            replaces=replaces,
            given=given,
            public_id=public_id,
        )

    @step(second=SITES, who=WHO, which=WHICH, role=("primary", "backup", "none"))
    def assign_role(self, second: bool, who: int, which: int, role: str) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who, having=lambda one: len(tenant.model.attached(one)) > 1)
        source = self._source(tenant, public_id, which)
        self.act(
            tenant,
            lambda: tenant.model.assign_role(public_id, source, role),
            payment_roles.assign_payment_role,
            customer_public_id=public_id,
            payment_source_id=source,
            role=role,
        )

    @step(second=SITES, which=WHICH, from_gateway=(False, True))
    def detach_source(self, second: bool, which: int, from_gateway: bool) -> None:
        tenant = self.tenant(second)
        source = self.id_of(tenant, "sources", which)
        self.act(
            tenant,
            lambda: tenant.model.detach(source),
            payment_sources.delete_payment_source,
            public_id=source,
            from_gateway=from_gateway,
        )

    @step(
        8,
        second=SITES,
        which=WHICH,
        how_many=range(1, 3),
        amount=(None, None, None, 100, 400, 1500),
        part=(None, None, 200),
        by=("", "", "", "source", *CARDS),
        keeps=("", "retains", "replaces"),
    )
    def collect(
        self, second: bool, which: int, how_many: int, amount: int | None, part: int | None, by: str, keeps: str
    ) -> None:
        tenant = self.tenant(second)
        due = [str(each.id) for each in tenant.model.invoices if each.status in COLLECTABLE and each.owner.live]
        names = [chosen(due[-6:], which) if which < 6 and part is None else self.id_of(tenant, "invoices", which)]
        owner = next((each.owner for each in tenant.model.invoices if each.id == names[0]), None)
        of_owner = [each for each in tenant.model.invoices if each.owner is owner and each.id != names[0]]
        names += [str(each.id) for each in of_owner[-1:]][: how_many - 1]
        asked = owner.payer if owner is not None and which % 2 else owner
        self._collect(tenant, str(asked.id) if asked else "nobody", names, amount, part, by, keeps, which)

    def _collect(
        self,
        tenant: Tenant,
        public_id: str,
        names: list[str],
        amount: int | None,
        part: int | None,
        by: str,
        keeps: str,
        which: int,
    ) -> None:
        wanted = [(name, part if place == 0 else None) for place, name in enumerate(names)]
        source = self._source(tenant, public_id, which) if by == "source" else None
        word = by if by in CARDS else None
        collection = Collection(
            invoices=tuple(Wanted(*each) for each in wanted),
            amount=amount,
            payment_source_id=source,
            given=card(word) if word else None,
            retains=keeps == "retains",
            replaces_primary=keeps == "replaces",
        )
        how: dict[str, Any] = {"source_id": source, "card": word}
        how |= {"retains": keeps == "retains", "replaces": keeps == "replaces"}
        self.act(
            tenant,
            lambda: tenant.model.collect(public_id, wanted, amount, **how),
            reconciling.collect_payment,
            customer_public_id=public_id,
            collection=collection,
        )

    @step()
    def look_after_payments(self) -> None:
        """What a worker does every minute, for both sites at once."""
        for each in self.tenants:
            each.model.look_after_payments()
        self._digest, self._is_as_before = None, False
        # As of a moment ago it has told how far it is.
        running = RunningJob(Job(kind="payments.overdue"), lambda: self.at, lambda: False, _written_at=self.at)
        reconciling.look_after_payments(running)

    def _named(self, tenant: Tenant, kind: str, prefix: str) -> str:
        """A name that the site has not used, and the other one perhaps has."""
        return f"{prefix}-{len(getattr(tenant.model, kind)) + 1}"

    def _source(self, tenant: Tenant, public_id: str, which: int) -> str:
        if which > 5:
            return self.id_of(tenant, "sources", which)
        return chosen(self.ids_of(tenant.model.find(public_id), tenant.model.sources), which)
