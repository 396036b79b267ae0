"""Links between the host's users and customers."""

from __future__ import annotations

import pytest

from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, Customer, CustomerUser
from billing_customers.operations.customer_users import link_user, unlink_user
from tests.operations import acts
from tests.operations.watching import faults, nothing_changes, refusal


def links() -> list[tuple[str, str, str]]:
    return sorted(CustomerUser.objects.values_list("customer__public_id", "user__username", "role"))


def link(site: BillingSite, public_id: str = "acme", user: str = "dana", **role: str) -> CustomerUser:
    return link_user(site=site, public_id=public_id, user=acts.a_user(user), at=acts.LATER, **role)


def test_user_is_owner_unless_said(site: BillingSite, acme: Customer) -> None:
    link(site)

    assert links() == [("acme", "dana", "owner")]


@pytest.mark.parametrize("role", ["owner", "billing", "viewer"])
def test_role_is_stored(site: BillingSite, acme: Customer, role: str) -> None:
    created = link(site, role=role)

    assert (links(), created.site, created.created_at) == ([("acme", "dana", role)], site, acts.LATER)


@pytest.mark.parametrize("role", ["", "admin", "OWNER", "x" * 11])
def test_other_role_is_refused(site: BillingSite, acme: Customer, role: str) -> None:
    with refusal(InvalidInput) as caught:
        link(site, role=role)

    assert faults(caught) == [("role", "Must be one of owner, billing, viewer.")]


def test_second_link_changes_nothing(site: BillingSite, acme: Customer) -> None:
    link(site, role="viewer")

    with nothing_changes():
        link(site, role="viewer")


def test_second_link_changes_the_role(site: BillingSite, acme: Customer) -> None:
    link(site, role="viewer")

    link(site, role="billing")

    assert links() == [("acme", "dana", "billing")]


def test_users_and_customers_are_linked_many_to_many(site: BillingSite, acme: Customer) -> None:
    acts.create(site, "apex")
    for public_id, user in (("acme", "dana"), ("acme", "avi"), ("apex", "dana")):
        link(site, public_id, user)

    assert [(public_id, user) for public_id, user, _ in links()] == [
        ("acme", "avi"),
        ("acme", "dana"),
        ("apex", "dana"),
    ]


def test_unlinked_user_is_gone(site: BillingSite, acme: Customer) -> None:
    link(site)
    link(site, user="avi")

    removed = unlink_user(site=site, public_id="acme", user=acts.a_user())

    assert (removed, links()) == (True, [("acme", "avi", "owner")])


def test_unlinking_a_stranger_changes_nothing(site: BillingSite, acme: Customer) -> None:
    link(site)
    stranger = acts.a_user("avi")

    with nothing_changes():
        removed = unlink_user(site=site, public_id="acme", user=stranger)

    assert removed is False
