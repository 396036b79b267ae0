"""Chargebee "Assign payment role" (chargebee-wire 3.8)."""

from __future__ import annotations

import pytest

from billing_customers.choices import PaymentRole
from billing_customers.exceptions import InvalidInput, InvalidState, NotFound, VersionMismatch
from billing_customers.models import BillingSite, Customer, PaymentSource
from billing_customers.operations.payment_sources import assign_payment_role
from tests.fixtures import NOW
from tests.operations import acts, paying
from tests.operations.watching import faults, nothing_changes, refusal

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def ids(site: BillingSite) -> dict[str, str]:
    """The sources of ``acme``: its primary, its backup and one without a role."""
    return {
        "primary": paying.attach(site, reference="a", role=PaymentRole.PRIMARY).public_id,
        "backup": paying.attach(site, reference="b", role=PaymentRole.BACKUP).public_id,
        "other": paying.attach(site, reference="c").public_id,
    }


def assign(site: BillingSite, payment_source_id: str, role: str, **more: int) -> tuple[Customer, PaymentSource]:
    return assign_payment_role(
        site=site,
        customer_public_id="acme",
        payment_source_id=payment_source_id,
        role=role,
        at=acts.LATER,
        **more,
    )


@pytest.mark.parametrize(
    ("source", "role", "expected"),
    [
        ("other", "primary", ("other", "backup")),
        ("other", "backup", ("primary", "other")),
        ("backup", "primary", ("backup", None)),
        ("backup", "none", ("primary", None)),
    ],
)
def test_role_is_assigned(
    site: BillingSite, ids: dict[str, str], source: str, role: str, expected: tuple[str, str | None]
) -> None:
    customer, row = assign(site, ids[source], role)

    assert row.public_id == ids[source]
    assert paying.roles() == tuple(ids[name] if name else None for name in expected)
    assert customer.resource_version == acts.LATER_VERSION


@pytest.mark.parametrize(("source", "role"), [("other", "none"), ("backup", "backup")])
def test_role_that_it_has_already_changes_nothing(
    site: BillingSite, ids: dict[str, str], source: str, role: str
) -> None:
    with nothing_changes():
        assign(site, ids[source], role)


@pytest.mark.parametrize("role", PaymentRole.values)
def test_primary_source_cannot_be_assigned_any_role(site: BillingSite, ids: dict[str, str], role: str) -> None:
    with refusal(InvalidState) as caught:
        assign(site, ids["primary"], role)

    assert caught.value.param == "payment_source_id"


def test_role_can_be_assigned_where_there_was_none(site: BillingSite) -> None:
    source = paying.attach(site)

    assign(site, source.public_id, "primary")

    assert paying.roles() == (source.public_id, None)


@pytest.mark.parametrize("status", ["expired", "invalid", "pending_verification"])
def test_status_of_the_source_does_not_matter(site: BillingSite, ids: dict[str, str], status: str) -> None:
    PaymentSource.objects.filter(public_id=ids["other"]).update(status=status)

    assign(site, ids["other"], "primary")

    assert paying.roles() == (ids["other"], ids["backup"])


def test_one_signal_tells_of_it(site: BillingSite, ids: dict[str, str]) -> None:
    with paying.hearing() as heard:
        assign(site, ids["backup"], "primary")

    assert paying.names(heard) == ["updated"]
    assert heard[0][1]["changes"] == {
        "primary_payment_source_id": (ids["primary"], ids["backup"]),
        "backup_payment_source_id": (ids["backup"], None),
    }


def test_source_that_is_not_the_customers_is_refused_like_a_missing_one(
    site: BillingSite, other_site: BillingSite, ids: dict[str, str]
) -> None:
    acts.create(site, "other")
    acts.create(other_site, "acme")
    detached = paying.attach(site, reference="d")
    PaymentSource.objects.filter(pk=detached.pk).update(deleted_at=NOW)
    foreign = [
        "missing",
        detached.public_id,
        paying.attach(site, "other").public_id,
        paying.attach(other_site).public_id,
    ]

    answers = set()
    for payment_source_id in foreign:
        with refusal(NotFound) as caught:
            assign(site, payment_source_id, "primary")
        answers.add((caught.value.message, caught.value.param))

    assert answers == {("There is no such payment source.", "payment_source_id")}


@pytest.mark.parametrize("role", ["", "Primary", "default", "secondary"])
def test_role_is_one_of_three(site: BillingSite, ids: dict[str, str], role: str) -> None:
    with refusal(InvalidInput) as caught:
        assign(site, ids["other"], role)

    assert faults(caught) == [("role", "Must be one of primary, backup, none.")]


def test_version_is_checked(site: BillingSite, ids: dict[str, str]) -> None:
    with refusal(VersionMismatch):
        assign(site, ids["other"], "primary", expected_version=1)


def test_customer_must_be_there(site: BillingSite, ids: dict[str, str]) -> None:
    with refusal(NotFound):
        assign_payment_role(
            site=site, customer_public_id="missing", payment_source_id=ids["other"], role="primary", at=NOW
        )
