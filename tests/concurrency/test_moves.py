"""A move that many ask for, or that several workers carry out, is one move and one copy."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite, Contact, Job, PaymentSource, ResourceMigration
from tests.concurrency.crowd import SIZE, crowd, persistent, tally, values
from tests.operations import acts, moving, paying


@pytest.fixture
def source(site: BillingSite) -> BillingSite:
    return moving.a_source(site)


def test_move_that_many_ask_for_is_one(site: BillingSite, source: BillingSite) -> None:
    outcomes = crowd(lambda _: persistent(lambda: moving.schedule(site)))

    assert tally(outcomes) == {"done": SIZE}
    assert len({each.pk for each in values(outcomes)}) == 1
    assert (ResourceMigration.objects.count(), Job.objects.filter(kind=moving.KIND).count()) == (1, 1)


def test_job_that_many_carry_out_makes_one_copy(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    job = moving.the_job()

    crowd(lambda _: persistent(lambda: paying.run(job, acts.LATER)))

    assert moving.customers() == [("globex-test", "zed"), ("acme-test", "zed")]
    assert (Contact.objects.for_site(site).count(), PaymentSource.objects.for_site(site).count()) == (2, 2)
    assert moving.outcome() == ("succeeded", "")


def test_move_and_creation_of_one_id_are_not_both(site: BillingSite, source: BillingSite) -> None:
    moving.schedule(site)
    job = moving.the_job()

    move, create = (lambda: paying.run(job, acts.LATER)), (lambda: acts.create(site, "zed"))
    crowd(lambda number: persistent(move if number % 2 else create))

    assert moving.customers() == [("globex-test", "zed"), ("acme-test", "zed")]
    copied = PaymentSource.objects.for_site(site).exists()
    assert moving.outcome()[0] == ("succeeded" if copied else "failed")
