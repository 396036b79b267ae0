"""Merges in a crowd: nobody waits for ever, no money is lost, and every id leads to a customer that is there."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from billing_customers.exceptions import InvalidInput, InvalidState, NotFound
from billing_customers.models import Balance, BillingSite, Customer, CustomerAlias, CustomerMerge, Job
from billing_customers.work.jobs import run_due
from tests.concurrency.crowd import crowd, persistent, tally, together
from tests.operations import acts, merges
from tests.operations.families import people
from tests.operations.money import credit

THREADS = 8
ROUNDS = 60


def carry_out_all() -> None:
    """Every job that is due, one after the other; what lost against another transaction comes round again."""
    while Job.objects.filter(run_at__isnull=False, kind="customers.merge").exists():
        Job.objects.filter(run_at__isnull=False).update(run_at=timezone.now())
        run_due(clock=timezone.now)


def test_two_that_are_merged_into_each_other_become_one(site: BillingSite) -> None:
    is_postgresql = connection.vendor == "postgresql"
    act = (lambda change: change()) if is_postgresql else persistent

    for number in range(ROUNDS if is_postgresql else 3):
        left, right = f"left-{number}", f"right-{number}"
        people(site, f"{left} {right}")

        outcomes = together(
            partial(act, partial(merges.ask, site, left, right)), partial(act, partial(merges.ask, site, right, left))
        )
        carry_out_all()

        assert tally(outcomes) == {"done": 1, "InvalidState": 1}
        assert Customer.objects.live().filter(public_id__in=(left, right)).count() == 1
    assert set(CustomerMerge.objects.values_list("status", flat=True)) == {"merged"}


def test_storm_of_merges_loses_no_money(site: BillingSite) -> None:
    names = "abcdefgh"
    people(site, " ".join(names))
    for name in names:
        credit(site, 100, name)

    def act(number: int) -> Any:
        for step in range(6):
            source, target = names[(number + step) % 8], names[(number * 3 + step * 5) % 8]
            for change in (
                partial(merges.ask, site, source, target, at=timezone.now()),
                partial(run_due, clock=timezone.now),
                partial(acts.update, site, target, name=f"{number}-{step}", at=timezone.now()),
            ):
                with suppress(InvalidInput, InvalidState, NotFound):
                    persistent(change)

    outcomes = crowd(act, THREADS)
    carry_out_all()

    assert tally(outcomes) == {"done": THREADS}
    assert set(CustomerMerge.objects.values_list("status", flat=True)) <= {"merged", "failed"}
    assert CustomerMerge.objects.filter(status="merged").exists()
    assert sum(Balance.objects.values_list("promotional_credits", flat=True)) == 800
    leads_to = dict(CustomerAlias.objects.values_list("public_id", "customer__is_live"))
    assert set(leads_to.values()) == {True}
    assert set(leads_to) | set(Customer.objects.live().values_list("public_id", flat=True)) == set(names)
