"""Sources are attached, brought up to date and replaced."""

from __future__ import annotations

import re
from typing import Any

import pytest

from billing_customers.actors import Actor
from billing_customers.choices import PaymentRole
from billing_customers.exceptions import NotFound, VersionMismatch
from billing_customers.models import BillingSite, Customer, PaymentSource
from billing_customers.operations.payment_sources import add_payment_source, replace_payment_method
from tests.fixtures import NOW
from tests.operations import acts, paying
from tests.operations.watching import refusal

pytestmark = pytest.mark.usefixtures("acme")
ACTOR = Actor("api", "ck_test_…abcd")


def add(site: BillingSite, reference: str = "tok_1", *, replaces_primary: bool = False) -> PaymentSource:
    _, source = add_payment_source(
        site=site,
        customer_public_id="acme",
        prepared=paying.prepared(site, reference),
        replaces_primary=replaces_primary,
        actor=ACTOR,
        at=acts.LATER,
    )
    return source


def replace(site: BillingSite, reference: str = "tok_new", **more: int) -> Customer:
    return replace_payment_method(
        site=site, customer_public_id="acme", prepared=paying.prepared(site, reference), at=acts.LATER, **more
    )


def test_row_holds_what_the_gateway_keeps_and_no_more(site: BillingSite, acme: Customer) -> None:
    address = {"addr1": "PO Box 9999", "country": "US"}

    paying.attach(site, first_name="Richard", billing_address=address, issuing_country="US", number_length=15)

    row: dict[str, Any] = {**PaymentSource.objects.values().get()}
    assert re.fullmatch(r"pm_[A-Za-z0-9_-]{12}", row.pop("public_id"))
    assert row == {
        "id": row["id"],
        "site_id": site.pk,
        "customer_id": acme.pk,
        "gateway_account_id": paying.an_account(site).pk,
        "gateway": "chargebee",
        "type": "card",
        "status": "valid",
        "reference_id": "tok_1",
        "issuing_country": "US",
        "brand": "visa",
        "last4": "1881",
        "iin": "401288",
        "number_length": 15,
        "expiry_month": 10,
        "expiry_year": 2030,
        "funding_type": "not_known",
        "first_name": "Richard",
        "last_name": "",
        "billing_address": address,
        "bank_name": "",
        "account_type": "",
        "account_holder_type": "",
        "metadata": None,
        "created_at": NOW,
        "updated_at": NOW,
        "resource_version": acts.VERSION,
        "deleted_at": None,
    }


@pytest.mark.parametrize(
    ("name", "limit"), [("brand", 30), ("first_name", 150), ("last_name", 150), ("bank_name", 100)]
)
def test_text_of_a_gateway_that_is_too_long_is_cut(site: BillingSite, name: str, limit: int) -> None:
    paying.attach(site, **{name: "x" * 500})

    assert PaymentSource.objects.values_list(name, flat=True).get() == "x" * limit


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (PaymentRole.PRIMARY, ("new", "backup")),
        (PaymentRole.BACKUP, ("primary", "new")),
        (PaymentRole.NONE, ("primary", "backup")),
    ],
)
def test_new_source_takes_its_role_from_whoever_had_it(
    site: BillingSite, role: PaymentRole, expected: tuple[str, str]
) -> None:
    ids = {
        "primary": paying.attach(site, reference="a", role=PaymentRole.PRIMARY).public_id,
        "backup": paying.attach(site, reference="b", role=PaymentRole.BACKUP).public_id,
        "new": paying.attach(site, reference="c", role=role).public_id,
    }

    assert paying.roles() == tuple(ids[name] for name in expected)


def test_source_with_a_role_raises_the_version_and_tells_of_both(site: BillingSite, acme: Customer) -> None:
    with paying.hearing() as heard:
        source = paying.attach(site, role=PaymentRole.PRIMARY, at=acts.LATER)

    assert paying.names(heard) == ["updated", "source added"]
    assert heard[0][1]["changes"] == {"primary_payment_source_id": (None, source.public_id)}
    assert heard[1][1]["payment_source"] == source
    assert [said["customer"].resource_version for _, said in heard] == [acts.LATER_VERSION] * 2
    assert acts.stored(acme).resource_version == acts.LATER_VERSION


def test_source_without_a_role_is_no_change_of_the_customer(site: BillingSite, acme: Customer) -> None:
    with paying.hearing() as heard:
        paying.attach(site, at=acts.LATER)

    assert paying.names(heard) == ["source added"]
    assert acts.stored(acme).resource_version == acts.VERSION


def test_signals_say_who_and_when(site: BillingSite, acme: Customer) -> None:
    with paying.hearing() as heard:
        add(site)

    assert [(said["customer"], said["site"], said["actor"], said["at"]) for _, said in heard] == [
        (acme, site, ACTOR, acts.LATER)
    ] * 2


def test_reference_that_is_attached_already_is_brought_up_to_date(site: BillingSite) -> None:
    first = paying.attach(site)

    with paying.hearing() as heard:
        again = paying.attach(site, at=acts.LATER, expiry_year=2035)

    assert again == first
    assert paying.names(heard) == ["source updated"]
    assert PaymentSource.objects.values_list("expiry_year", "resource_version", "created_at", "updated_at").get() == (
        2035,
        acts.LATER_VERSION,
        NOW,
        acts.LATER,
    )


def test_change_of_the_primary_source_raises_the_customers_version(site: BillingSite, acme: Customer) -> None:
    paying.attach(site, role=PaymentRole.PRIMARY)

    paying.attach(site, role=PaymentRole.PRIMARY, at=acts.LATER, expiry_year=2035)

    assert acts.stored(acme).resource_version == acts.LATER_VERSION


def test_same_reference_with_nothing_new_changes_nothing(site: BillingSite, acme: Customer) -> None:
    paying.attach(site, role=PaymentRole.PRIMARY)
    before = (acts.stored(acme).resource_version, PaymentSource.objects.values().get())

    with paying.hearing() as heard:
        paying.attach(site, role=PaymentRole.PRIMARY, at=acts.LATER)

    assert heard == []
    assert (acts.stored(acme).resource_version, PaymentSource.objects.values().get()) == before


def test_attaching_again_without_a_role_keeps_the_role(site: BillingSite) -> None:
    source = paying.attach(site, role=PaymentRole.BACKUP)

    paying.attach(site, role=PaymentRole.NONE)

    assert paying.roles() == (None, source.public_id)


def test_one_reference_can_be_two_customers(site: BillingSite) -> None:
    acts.create(site, "other")

    sources = [paying.attach(site, "acme"), paying.attach(site, "other")]

    assert len({source.pk for source in sources}) == 2


def test_reference_that_was_detached_is_attached_anew(site: BillingSite) -> None:
    first = paying.attach(site)
    PaymentSource.objects.update(deleted_at=NOW)

    assert paying.attach(site).pk != first.pk


def test_first_source_becomes_the_primary_one(site: BillingSite) -> None:
    first = add(site, "a")
    add(site, "b")

    assert paying.roles() == (first.public_id, None)


def test_added_source_replaces_the_primary_one_when_it_is_to(site: BillingSite) -> None:
    add(site, "a")
    second = add(site, "b", replaces_primary=True)

    assert paying.roles() == (second.public_id, None)
    assert PaymentSource.objects.attached().count() == 2


def test_replaced_payment_method_stays_attached_without_a_role(site: BillingSite) -> None:
    old = paying.attach(site, role=PaymentRole.PRIMARY)

    customer = replace(site)

    new = PaymentSource.objects.get(reference_id="tok_new")
    assert paying.roles() == (customer.primary_payment_source_id, None) == (new.public_id, None)
    assert PaymentSource.objects.get(pk=old.pk).deleted_at is None


def test_replacing_leaves_the_backup_alone(site: BillingSite) -> None:
    backup = paying.attach(site, role=PaymentRole.BACKUP)

    customer = replace(site)

    assert paying.roles() == (customer.primary_payment_source_id, backup.public_id)


def test_backup_that_is_sent_as_the_payment_method_is_the_primary_one_alone(site: BillingSite) -> None:
    backup = paying.attach(site, reference="tok_new", role=PaymentRole.BACKUP)

    replace(site)

    assert paying.roles() == (backup.public_id, None)


def test_replacing_checks_the_version(site: BillingSite) -> None:
    paying.an_account(site)

    with refusal(VersionMismatch):
        replace(site, expected_version=1)


@pytest.mark.parametrize("public_id", ["missing", "deleted"])
def test_customer_that_is_not_there_gets_no_source(site: BillingSite, public_id: str) -> None:
    acts.create(site, "deleted")
    acts.delete(site, "deleted")

    with refusal(NotFound):
        add_payment_source(site=site, customer_public_id=public_id, prepared=paying.prepared(site), at=NOW)


def test_customer_of_another_site_gets_no_source(site: BillingSite, other_site: BillingSite) -> None:
    with refusal(NotFound):
        add_payment_source(site=other_site, customer_public_id="acme", prepared=paying.prepared(other_site), at=NOW)
