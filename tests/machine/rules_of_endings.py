"""Rules of deletion, merges and their undoing, and of clearing personal data; and of the worker that does them."""

from __future__ import annotations

from billing_customers.operations import deletion, erasure, merging
from tests.machine.steps import AT_ONCE, SITES, WHICH, WHO, Steps, Tenant, chosen, step


class EndingRules(Steps):
    @step(needs_crowd=True, second=SITES, who=WHO)
    def delete(self, second: bool, who: int) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        self.act(tenant, lambda: tenant.model.delete(public_id), deletion.delete_customer, public_id=public_id)

    @step(needs_crowd=True, second=SITES, who=WHO, from_gateway=(False, True), at_once=AT_ONCE)
    def schedule_deletion(self, second: bool, who: int, from_gateway: bool, at_once: bool) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        self.act(
            tenant,
            lambda: tenant.model.schedule_deletion(public_id, from_gateway),
            deletion.schedule_deletion,
            public_id=public_id,
            delete_payment_method=from_gateway,
        )
        self._go_on(at_once)

    @step(8, needs_crowd=True, second=SITES, one=WHO, other=WHO, at_once=AT_ONCE)
    def merge(self, second: bool, one: int, other: int, at_once: bool) -> None:
        tenant = self.tenant(second)
        from_id, to_id = self.who(tenant, one), self.who(tenant, other)
        self.act(
            tenant,
            lambda: tenant.model.ask_merge(from_id, to_id),
            merging.merge_customers,
            from_id=from_id,
            to_id=to_id,
        )
        self._go_on(at_once)

    @step(6, second=SITES, which=WHICH, at_once=AT_ONCE)
    def undo_merge(self, second: bool, which: int, at_once: bool) -> None:
        tenant = self.tenant(second)
        merge_id = self._merge_id(tenant, which)
        merge = next((each for each in tenant.model.merges if each.id == merge_id), None)
        self.act(tenant, lambda: tenant.model.ask_undo(merge), merging.undo_merge, merge_id=merge_id)
        self._go_on(at_once)

    @step(1, needs_crowd=True, second=SITES, who=WHO, at_once=AT_ONCE)
    def clear_personal_data(self, second: bool, who: int, at_once: bool) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        self.act(
            tenant,
            lambda: tenant.model.schedule_erasure(public_id),
            erasure.schedule_erasure,
            public_id=public_id,
        )
        self._go_on(at_once)

    @step(6)
    def a_worker_runs_one_job(self) -> None:
        self.work()

    @step()
    def a_worker_runs_all_jobs(self) -> None:
        self.work_off()

    def _merge_id(self, tenant: Tenant, which: int) -> str:
        """Of one that can perhaps be undone; else of any, or of the other site's."""
        model = self._other(tenant).model if which == 7 else tenant.model
        merges = [each for each in model.merges if each.status == "merged" and each.target.live]
        return chosen([str(each.id) for each in (merges if which < 6 else model.merges)[-6:]], which)
