"""Sources are detached: from the customer at once, from the gateway by a job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from billing_customers.actors import Actor
from billing_customers.choices import PaymentRole
from billing_customers.exceptions import NotFound
from billing_customers.gateways.base import Unreachable
from billing_customers.gateways.test import TestGateway
from billing_customers.models import BillingSite, Customer, Job, PaymentSource
from billing_customers.operations import locks
from billing_customers.operations.payment_sources import delete_payment_source, detach_all, discard_prepared
from tests.fixtures import NOW
from tests.operations import acts, paying
from tests.operations.watching import refusal

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The references that the gateway was told to forget."""
    said: list[str] = []
    monkeypatch.setattr(TestGateway, "detach", lambda self, reference_id: said.append(reference_id))
    return said


def delete(site: BillingSite, public_id: str, **more: Any) -> PaymentSource:
    return delete_payment_source(site=site, public_id=public_id, at=acts.LATER, **more)


def all_of(site: BillingSite, public_id: str = "acme", **more: Any) -> list[PaymentSource]:
    with transaction.atomic():
        return detach_all(site=site, customer=locks.lock_customer(site, public_id), at=acts.LATER, **more)


def test_row_stays_with_the_time_it_was_detached(site: BillingSite) -> None:
    source = delete(site, paying.attach(site).public_id)

    assert PaymentSource.objects.values_list("deleted_at", "updated_at", "resource_version").get(pk=source.pk) == (
        acts.LATER,
        acts.LATER,
        acts.LATER_VERSION,
    )


def test_source_without_a_role_is_no_change_of_the_customer(site: BillingSite, acme: Customer) -> None:
    source = paying.attach(site)

    with paying.hearing() as heard:
        delete(site, source.public_id)

    assert paying.names(heard) == ["source deleted"]
    assert acts.stored(acme).resource_version == acts.VERSION


def test_backup_takes_the_place_of_the_primary_one(site: BillingSite) -> None:
    primary = paying.attach(site, reference="a", role=PaymentRole.PRIMARY)
    backup = paying.attach(site, reference="b", role=PaymentRole.BACKUP)

    with paying.hearing() as heard:
        delete(site, primary.public_id)

    assert paying.roles() == (backup.public_id, None)
    assert paying.names(heard) == ["updated", "source deleted"]


def test_no_other_source_becomes_primary_by_itself(site: BillingSite, acme: Customer) -> None:
    primary = paying.attach(site, reference="a", role=PaymentRole.PRIMARY)
    paying.attach(site, reference="b")

    delete(site, primary.public_id)

    assert paying.roles() == (None, None)
    assert acts.stored(acme).resource_version == acts.LATER_VERSION


def test_backup_goes_and_the_primary_one_stays(site: BillingSite) -> None:
    primary = paying.attach(site, reference="a", role=PaymentRole.PRIMARY)
    backup = paying.attach(site, reference="b", role=PaymentRole.BACKUP)

    delete(site, backup.public_id)

    assert paying.roles() == (primary.public_id, None)


def test_signal_carries_customer_and_source_as_they_are_then(site: BillingSite, acme: Customer) -> None:
    source = paying.attach(site, role=PaymentRole.PRIMARY)
    actor = Actor("api", "ck_test_…abcd")

    with paying.hearing() as heard:
        returned = delete(site, source.public_id, actor=actor)

    said = heard[-1][1]
    assert (said["customer"], said["site"], said["actor"], said["at"]) == (acme, site, actor, acts.LATER)
    assert said["payment_source"] is returned
    assert said["customer"].primary_payment_source_id is None
    assert said["payment_source"].deleted_at == acts.LATER


@pytest.mark.parametrize("which", ["missing", "detached", "foreign"])
def test_source_that_is_not_there_is_refused_alike(site: BillingSite, other_site: BillingSite, which: str) -> None:
    acts.create(other_site, "acme")
    detached = delete(site, paying.attach(site).public_id)
    ids = {
        "missing": "pm_missing",
        "detached": detached.public_id,
        "foreign": paying.attach(other_site).public_id,
    }

    with refusal(NotFound) as caught:
        delete(site, ids[which])

    assert (caught.value.message, caught.value.param) == ("There is no such payment source.", "")


def test_customer_that_was_renamed_is_found(site: BillingSite) -> None:
    source = paying.attach(site, role=PaymentRole.PRIMARY)
    acts.rename(site, "acme", "apex")

    assert delete(site, source.public_id).customer.public_id == "apex"


def test_gateway_forgets_it_by_a_job(site: BillingSite, forgotten: list[str]) -> None:
    delete(site, paying.attach(site).public_id)

    (job,) = paying.jobs()
    account = paying.an_account(site)
    assert (job.site, job.run_at, job.arguments) == (
        site,
        acts.LATER,
        {"gateway_account": account.public_id, "reference": "tok_1"},
    )
    assert (paying.run(job), forgotten) == ("detached", ["tok_1"])


def test_local_deletion_leaves_the_gateway_alone(site: BillingSite) -> None:
    delete(site, paying.attach(site).public_id, from_gateway=False)

    assert paying.jobs() == []


def test_reference_that_a_customer_has_is_not_forgotten(site: BillingSite, forgotten: list[str]) -> None:
    acts.create(site, "other")
    paying.attach(site, "other")
    delete(site, paying.attach(site).public_id)

    assert (paying.run(paying.jobs()[0]), forgotten) == ("kept", [])


def test_reference_that_another_site_has_too_is_not_forgotten(
    site: BillingSite, other_site: BillingSite, forgotten: list[str]
) -> None:
    acts.create(other_site, "acme")
    copied = paying.attach(other_site)
    delete(site, paying.attach(site).public_id)

    assert (paying.run(paying.jobs()[0]), forgotten) == ("kept", [])
    delete(other_site, copied.public_id)
    assert (paying.run(paying.jobs()[1]), forgotten) == ("detached", ["tok_1"])


@pytest.mark.parametrize("what", ["gateway", "mode"])
def test_reference_of_another_gateway_or_mode_is_another_one(
    site: BillingSite, other_site: BillingSite, forgotten: list[str], what: str
) -> None:
    acts.create(other_site, "acme")
    paying.attach(other_site)
    if what == "gateway":
        other_site.gateway_accounts.update(backend="stripe")
    else:
        BillingSite.objects.filter(pk=other_site.pk).update(livemode=True)
    delete(site, paying.attach(site).public_id)

    assert (paying.run(paying.jobs()[0]), forgotten) == ("detached", ["tok_1"])


def test_job_fails_while_the_gateway_is_silent(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(self: TestGateway, reference_id: str) -> None:
        raise Unreachable("No answer.", reason="timeout")

    monkeypatch.setattr(TestGateway, "detach", silent)
    delete(site, paying.attach(site).public_id)

    with pytest.raises(Unreachable):
        paying.run(paying.jobs()[0])


def test_all_sources_of_a_customer_are_detached(site: BillingSite) -> None:
    acts.create(site, "other")
    kept = paying.attach(site, "other", reference="z")
    ids = [
        paying.attach(site, reference="a", role=PaymentRole.PRIMARY).public_id,
        paying.attach(site, reference="b", role=PaymentRole.BACKUP).public_id,
        paying.attach(site, reference="c").public_id,
    ]

    with paying.hearing() as heard:
        detached = all_of(site)

    assert [source.public_id for source in detached] == ids
    assert paying.names(heard) == ["source deleted"] * 3
    assert paying.roles() == (None, None)
    assert list(PaymentSource.objects.attached()) == [kept]
    assert [job.arguments["reference"] for job in paying.jobs()] == ["a", "b", "c"]


def test_customer_without_sources_has_nothing_to_detach(site: BillingSite) -> None:
    with paying.hearing() as heard:
        assert all_of(site) == []

    assert (heard, Job.objects.count()) == ([], 0)


def test_all_sources_can_stay_at_the_gateway(site: BillingSite) -> None:
    paying.attach(site)

    all_of(site, from_gateway=False)

    assert (PaymentSource.objects.attached().count(), paying.jobs()) == (0, [])


def test_what_came_to_nothing_is_forgotten_later(site: BillingSite, forgotten: list[str]) -> None:
    discard_prepared(site=site, prepared=paying.prepared(site), at=NOW)

    (job,) = paying.jobs()
    assert job.run_at == NOW + timedelta(minutes=15)
    assert (paying.run(job), forgotten) == ("detached", ["tok_1"])


def test_what_another_run_of_the_request_has_attached_meanwhile_is_kept(
    site: BillingSite, forgotten: list[str]
) -> None:
    discard_prepared(site=site, prepared=paying.prepared(site), at=NOW)
    paying.attach(site)

    assert (paying.run(paying.jobs()[0]), forgotten) == ("kept", [])


def test_mere_reference_that_came_to_nothing_stays_at_the_gateway(site: BillingSite) -> None:
    discard_prepared(site=site, prepared=paying.prepared(site, is_new=False), at=NOW)

    assert paying.jobs() == []
