"""Rules of customers that one site copies from the other, and of whether it may."""

from __future__ import annotations

from functools import partial

from billing_customers.models import BillingSite
from billing_customers.operations import customers, deletion, erasure, move, move_allowances
from tests.machine.model import OPEN, Customer
from tests.machine.steps import AT_ONCE, MAX_LIVING, SITES, WHICH, WHO, Steps, Tenant, step

# Where the customer is: in the other site, mostly; else in this one, or nowhere.
OTHER, THIS, NOWHERE = "other", "this", "nowhere"
FROM = (*[OTHER] * 10, THIS, NOWHERE)
# What comes up before a worker moves the customer; and what the move was for.
DELETED, CLEARED, TAKEN, RENAMED, REVOKED, LEFT = "deleted", "cleared", "taken", "renamed", "revoked", "left"
MEANWHILE = (DELETED, CLEARED, CLEARED, TAKEN, RENAMED, RENAMED, REVOKED, LEFT, LEFT, LEFT)


class MoveRules(Steps):
    @step(6, second=SITES, who=WHO, where=FROM, at_once=AT_ONCE)
    def move(self, second: bool, who: int, where: str, at_once: bool) -> None:
        tenant = self.tenant(second)
        there = self._other(tenant)
        if len(tenant.model.living) >= MAX_LIVING:
            return
        slug = {OTHER: there.site.slug, THIS: tenant.site.slug, NOWHERE: "umbrella-test"}[where]
        self._ask_move(tenant, slug, self._whom(tenant, who))
        self._go_on(at_once)

    @step(6, needs_crowd=True, second=SITES, who=WHICH, what=MEANWHILE)
    def move_and_meanwhile(self, second: bool, who: int, what: str) -> None:
        tenant = self.tenant(second)
        there = self._other(tenant)
        if len(tenant.model.living) >= MAX_LIVING:
            return
        public_id = self._whom(tenant, who)
        self._ask_move(tenant, there.site.slug, public_id)
        self._go_on(what == LEFT)
        if what in {DELETED, LEFT}:
            self.act(there, lambda: there.model.delete(public_id), deletion.delete_customer, public_id=public_id)
        elif what == CLEARED:
            expected = partial(there.model.schedule_erasure, public_id)
            self.act(there, expected, erasure.schedule_erasure, public_id=public_id)
        elif what == TAKEN:
            create = partial(tenant.model.create, public_id, name="Anonymous")
            self.act(tenant, create, customers.create_customer, public_id=public_id, attributes={"name": "Anonymous"})
        elif what == RENAMED:
            new_id = f"later-{self.steps}"
            rename = partial(there.model.rename, public_id, new_id)
            self.act(there, rename, customers.rename_customer, public_id=public_id, new_public_id=new_id)
        else:
            self._allow(tenant, allowed=False)
        self._go_on(True)
        if what == REVOKED:
            self._allow(tenant, allowed=True)

    @step(1, second=SITES, allowed=(True, True, True, True, False))
    def allow_moves(self, second: bool, allowed: bool) -> None:
        self._allow(self.tenant(second), allowed=allowed)

    def _allow(self, tenant: Tenant, *, allowed: bool) -> None:
        there = self._other(tenant).site
        if allowed:
            self.act(tenant, lambda: tenant.model.allow(there.slug), move_allowances.allow_moves, from_site=there)
        else:
            self.act(tenant, lambda: tenant.model.revoke(there.slug), _revoke_moves, from_site=there)

    def _ask_move(self, tenant: Tenant, slug: str, public_id: str) -> None:
        expected = partial(tenant.model.ask_move, slug, public_id)
        self.act(tenant, expected, move.schedule_move, from_site=slug, public_id=public_id)

    def _whom(self, tenant: Tenant, who: int) -> str:
        """Of the other site one that this one has room for, if there is any; every second time one that can pay."""
        known = {str(each.id) for each in tenant.model.living} | tenant.model.aliases.keys()

        def fits(one: Customer) -> bool:
            return one.id not in known and one.clearing == OPEN and (who % 2 == 0 or one.primary is not None)

        return self.who(self._other(tenant), who, fits)


def _revoke_moves(*, at: object, site: BillingSite, from_site: BillingSite) -> None:
    """It does not ask when."""
    move_allowances.revoke_moves(site=site, from_site=from_site)
