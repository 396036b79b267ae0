"""One step of the machine: what the model says must come of it, what has come of it, and whether both agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.test import override_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from billing_customers.exceptions import BillingError
from billing_customers.models import BillingSite, Job
from billing_customers.operations.customers import create_customer
from billing_customers.operations.move_allowances import allow_moves
from billing_customers.operations.sites import create_site
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.events.sending import make_endpoint
from tests.fixtures import NOW
from tests.machine.model import OPEN, Customer, Fails, Owned, Refused
from tests.machine.moves import KINDS, Moves
from tests.machine.proofs import check_forgotten, check_rules
from tests.machine.tables import Tables, digest
from tests.operations.acts import a_user

MAX_LEVELS, MAX_CHILDREN, MAX_LIVING, FEW = 4, 3, 12, 5
# Between two looks at the books, the trees and the foreign keys, which are dear.
RULES_EVERY = 10

R = TypeVar("R", bound=Owned)
Rule = Callable[..., None]

# How often each operation, and each job, has ended how: a machine that only knocks at closed doors proves little.
SEEN: Counter[tuple[str, str]] = Counter()

# What rules choose from; the numbers are places among what there is when the rule runs.
SITES = (False, True)
WHO = range(16)
WHICH = range(8)
AMOUNTS = (1, 300, 500, 1200)
CURRENCY = (None, None, "ILS")
# Whether a worker does it at once, or some time later.
AT_ONCE = (False, True)


def step(weight: int = 2, *, needs_crowd: bool = False, **choices: Sequence[Any]) -> Callable[[Rule], Rule]:
    """A rule that takes one of each of these; it comes ``weight`` times as often as others.

    Where it ``needs_crowd`` somebody may be gone afterwards, and new people come first if there are few.
    """

    def decorate(function: Rule) -> Rule:
        vars(function).update(choices=choices, weight=weight, needs_crowd=needs_crowd)
        return function

    return decorate


class Deed:
    """A rule, and what it is given."""

    def __init__(self, rule: Rule, said: dict[str, Any]) -> None:
        self.rule, self.said = rule, said

    def __repr__(self) -> str:
        return f"{self.rule.__name__}({', '.join(f'{name}={value!r}' for name, value in self.said.items())})"

    def be_done_by(self, machine: Steps) -> None:
        if vars(self.rule)["needs_crowd"]:
            machine.fill_up()
        self.rule(machine, **self.said)


@st.composite
def deeds_of(draw: st.DrawFn, *machines: type[Steps]) -> Deed:
    """Any rule of these with anything that it may be given.

    Hypothesis has rules of its own. It leaves many of them out of each example, and what needs several of them to come
    about, such as the undoing of a merge after which something was paid, is never seen in twenty.
    """
    rules = [each for machine in machines for each in vars(machine).values() if hasattr(each, "choices")]
    # The first is what hypothesis tries first, and 500 times: it is to be cheap.
    rules.sort(key=lambda each: (len(each.choices), each.__name__))
    weighed = [each for each in rules for _ in range(each.weight)]
    found = draw(st.sampled_from(weighed))
    return Deed(found, {name: draw(st.sampled_from(choice)) for name, choice in found.choices.items()})


@dataclass(frozen=True)
class Tenant:
    """A site, and its model."""

    site: BillingSite
    model: Moves


class Steps(RuleBasedStateMachine):
    """Two sites that use the same ids, one of which forbids what the other allows."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        # Nothing is committed: the next example begins with empty tables. A gateway takes it for the edge of the world.
        edge = transaction.atomic()
        edge._from_testcase = True  # type: ignore[attr-defined]
        self._stack.enter_context(edge)
        self._stack.callback(transaction.set_rollback, True)
        limits = {"HIERARCHY_MAX_LEVELS": MAX_LEVELS, "HIERARCHY_MAX_CHILDREN": MAX_CHILDREN}
        self._stack.enter_context(override_settings(BILLING_CUSTOMERS=limits))
        self.at: datetime = NOW
        self.steps = 0
        self.users = [a_user("ann"), a_user("ben")]
        self.tenants = (self._tenant("acme-test", strict=False), self._tenant("globex-test", strict=True))
        for each in self.tenants:
            other = self._other(each)
            allow_moves(site=each.site, from_site=other.site, at=NOW)
            each.model.neighbours[other.site.slug] = other.model
            each.model.allow(other.site.slug)
        self.models = {each.site.pk: each.model for each in self.tenants}
        self.tables = Tables(self.models, {each.site.slug: each.site.pk for each in self.tenants})
        self._digest: Any = None
        self._is_well, self._is_as_before = True, False
        for each in self.tenants:
            for name in ("ada", "bob", "cleo", None, None, None, None):
                self.newcomer(each, name)

    def teardown(self) -> None:
        SEEN["example", str(self.steps)] += 1
        try:
            # After a failure it would only hide that.
            if self._is_well:
                self.check_rules()
                for site in self.models:
                    check_forgotten(site, self.models)
        finally:
            self._stack.close()

    @invariant()
    def rows_are_as_the_models_say(self) -> None:
        self.steps += 1
        if self._is_as_before:
            return
        self._is_well = False
        self.tables.check()
        if self.steps % RULES_EVERY == 0:
            self.check_rules()
        self._is_well = self._is_as_before = True

    def fill_up(self) -> None:
        """An empty site proves nothing."""
        for each in self.tenants:
            while len([one for one in each.model.living if one.clearing == OPEN]) < FEW:
                self.newcomer(each, None)
                self.tables.check()

    def check_rules(self) -> None:
        check_rules(each.site for each in self.tenants)

    def act(
        self, tenant: Tenant, expected: Callable[[], object], operation: Callable[..., object], **named: Any
    ) -> None:
        """Do the same with the model and with the product: ``operation`` gets the site, the time and what is named."""
        self._is_well = self._is_as_before = False
        self.tick(timedelta(minutes=1))
        error, is_refused = _error_of(expected)
        if is_refused and self._digest is None:
            self._digest = digest()
        raised: str | None = None
        try:
            operation(site=tenant.site, at=self.at, **named)
        except BillingError as caught:
            raised = type(caught).__name__
        assert raised == error, f"{raised} instead of {error}"
        SEEN[operation.__name__, error or ""] += 1
        if is_refused:
            assert digest() == self._digest, f"{error}, and something has changed"
        else:
            self._digest = None

    def work(self) -> bool:
        """Let a worker run the one job that has waited longest; whether there was any."""
        self.tick(timedelta(seconds=1))
        before = dict(Job.objects.filter(status="pending").values_list("pk", "attempts"))
        outcome = run_due(clock=lambda: self.at, uniform=lambda low, high: low) if before else None
        if outcome is None:
            return False
        self._digest, self._is_as_before = None, False
        (ran,) = [each for each in Job.objects.filter(pk__in=before) if each.attempts != before[each.pk]]
        if ran.kind not in KINDS:
            assert outcome is Outcome.SUCCEEDED, ran.error
            if ran.kind == "payment_sources.detach":
                self.tables.check_kept(ran.arguments["reference"], ran.result == "kept")
                SEEN[ran.kind, str(ran.result)] += 1
            return True
        self._run_as_well(ran, outcome)
        return True

    def work_off(self) -> None:
        while self.work():
            self.tables.check()

    def _go_on(self, at_once: bool) -> None:
        if at_once:
            # What the product has named is called so before a worker goes on with it.
            self.tables.check()
            self.work_off()

    def tick(self, step: timedelta) -> None:
        self.at += step
        for each in self.tenants:
            each.model.now = self.at

    def tenant(self, second: bool) -> Tenant:
        return self.tenants[second]

    def who(self, tenant: Tenant, number: int, having: Callable[[Customer], object] = lambda _: True) -> str:
        """The id of a live customer, mostly; else a former id, a dead one's, one of the other site's, or nobody's.

        Most of the live ones are such as are ``having`` what the rule needs, if there are any.
        """
        if number < 12:
            living = tenant.model.living
            fit = [each for each in living if having(each)] if number < 9 else []
            return chosen([str(each.id) for each in fit or living], number)
        if number == 12:
            return chosen(sorted(tenant.model.aliases), self.steps)
        if number == 13:
            return chosen([str(each.id) for each in tenant.model.customers if not each.live], self.steps)
        if number == 14:
            return chosen([str(each.id) for each in self._other(tenant).model.living], self.steps)
        return "nobody"

    def id_of(self, tenant: Tenant, kind: str, number: int) -> str:
        """The id of one of the newest of this kind that a live customer has; else of any, or of the other site's."""
        rows = getattr((self._other(tenant) if number == 7 else tenant).model, kind)
        if number < 6:
            rows = [each for each in rows if each.owner.live] or rows
        return chosen([str(each.id) for each in rows[-6:]], number)

    def ids_of(self, customer: Customer | None, rows: Sequence[R]) -> list[str]:
        """The ids of those that the customer has."""
        return [str(each.id) for each in rows if each.owner is customer]

    def _other(self, tenant: Tenant) -> Tenant:
        return self.tenants[tenant is self.tenants[0]]

    def _tenant(self, slug: str, *, strict: bool) -> Tenant:
        site = create_site(slug=slug, at=NOW, forbids_duplicate_emails=strict, follows_merged_ids=strict)
        make_endpoint(site, dialect="chargebee")
        return Tenant(site, Moves(strict, strict, MAX_LEVELS, MAX_CHILDREN, NOW))

    def newcomer(self, tenant: Tenant, name: str | None) -> None:
        create = partial(tenant.model.create, name, name="Anonymous")
        self.act(tenant, create, create_customer, public_id=name, attributes={"name": "Anonymous"})

    def _run_as_well(self, ran: Job, outcome: Outcome) -> None:
        (tenant,) = [each for each in self.tenants if each.site.pk == ran.site_id]
        named = {"customers.merge": "merge", "customers.undo_merge": "merge", "payments.reconcile": "transaction"}
        subject = ran.arguments.get(named.get(ran.kind, "customer"))
        for job in tenant.model.jobs:
            if job.kind == ran.kind and subject in {job.about.pk, getattr(job.about, "id", None)}:
                break
        else:
            raise AssertionError(f"no job {ran.kind} of {subject} was to be run")
        succeeds = tenant.model.run(job)
        SEEN[ran.kind, getattr(job.subject, "status", "") if succeeds else "failed"] += 1
        assert (outcome is Outcome.SUCCEEDED) is succeeds, f"{ran.kind}: {ran.error}"
        if ran.kind == "customers.erase" and succeeds:
            check_forgotten(tenant.site.pk, self.models)


def _error_of(expected: Callable[[], object]) -> tuple[str | None, bool]:
    """The name of the error that the model foresees, and whether nothing may change."""
    try:
        expected()
    except Refused as refused:
        return refused.error, True
    except Fails as failure:
        return failure.error, False
    return None, False


def chosen(names: Sequence[str], number: int) -> str:
    return names[number % len(names)] if names else "nobody"
