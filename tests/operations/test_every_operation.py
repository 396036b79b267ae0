"""What holds for each operation on a customer: its tenant, its one signal, its one transaction."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers import exceptions
from billing_customers.actors import Actor
from billing_customers.models import BillingSite
from tests.operations import acts
from tests.operations.watching import ReceiverFailed, failing_receivers, listening, refusal, rows_stay

CONTACT: dict[str, Any] = {
    "id": "c1",
    "email": "c1@example.com",
    **dict.fromkeys(("first_name", "last_name", "phone", "label")),
    **dict.fromkeys(("enabled", "send_billing_email", "send_account_email"), False),
}
SAID: dict[str, tuple[str, Any]] = {
    "update": ("updated", {"name": ("Acme", "New")}),
    "replace_billing_info": (
        "updated",
        {
            "billing_address": (None, {"city": "Haifa", "validation_status": "not_validated"}),
            "tax_id": ("IL516179157", None),
        },
    ),
    "change_billing_date": ("updated", {"billing_date": (1, 2), "billing_date_mode": (None, "manually_set")}),
    "update_contact": ("updated", {"contacts": (CONTACT, {**CONTACT, "label": "CFO"})}),
    "delete_contact": ("updated", {"contacts": (CONTACT, None)}),
    "delete": ("deleted", None),
    "rename": ("updated", {"id": ("acme", "acme-2")}),
}


def refusal_of(act: str, **where: Any) -> tuple[str, str, str]:
    with refusal(exceptions.NotFound) as caught:
        acts.ACTS[act](at=acts.LATER, **where)
    return caught.value.code, caught.value.message, caught.value.param


@pytest.mark.parametrize("act", acts.ACTS)
@pytest.mark.parametrize("foreign", ["other_site", "live_site"])
def test_foreign_customer_is_refused_like_a_missing_one_by(
    request: pytest.FixtureRequest, site: BillingSite, act: str, foreign: str
) -> None:
    foreign_site = request.getfixturevalue(foreign)
    acts.an_acme(site)
    acts.a_user("avi")

    answers = {refusal_of(act, site=foreign_site, public_id=public_id) for public_id in ("acme", "missing")}

    assert answers == {("not_found", "There is no such customer.", "")}


@pytest.mark.parametrize("act", [act for act in acts.ACTS if act != "delete"])
def test_deleted_customer_is_refused_like_a_missing_one_by(site: BillingSite, act: str) -> None:
    acts.an_acme(site)
    acts.a_user("avi")
    acts.delete(site)

    answers = {refusal_of(act, site=site, public_id=public_id) for public_id in ("acme", "missing")}

    assert answers == {("not_found", "There is no such customer.", "")}


@pytest.mark.parametrize("act", SAID)
def test_exactly_one_signal_is_sent_by(site: BillingSite, act: str) -> None:
    customer = acts.an_acme(site)
    actor = Actor("api", "ck_test_…abcd")

    with listening() as said:
        acts.ACTS[act](site=site, public_id="acme", actor=actor, at=acts.LATER)

    what, changes = SAID[act]
    assert [(each.what, each.customer, each.site, each.actor, each.at, each.changes) for each in said] == [
        (what, customer, site, actor, acts.LATER, changes)
    ]


@pytest.mark.parametrize("act", acts.VERSIONED_ACTS)
def test_receiver_that_raises_undoes(site: BillingSite, act: str) -> None:
    acts.an_acme(site)

    with rows_stay(), failing_receivers(), pytest.raises(ReceiverFailed):
        acts.VERSIONED_ACTS[act](site=site, public_id="acme", at=acts.LATER)


@pytest.mark.parametrize("act", acts.VERSIONED_ACTS)
def test_receiver_gets_the_new_version_from(site: BillingSite, act: str) -> None:
    acts.an_acme(site)

    with listening() as said:
        acts.VERSIONED_ACTS[act](site=site, public_id="acme", at=acts.LATER)

    assert [each.customer.resource_version for each in said] == [acts.LATER_VERSION]


@pytest.mark.parametrize("act", acts.ACTS)
def test_former_id_is_understood_by(site: BillingSite, act: str) -> None:
    customer = acts.an_acme(site)
    acts.a_user("avi")
    acts.rename(site, "acme", "acme-new")

    acts.ACTS[act](site=site, public_id="acme", at=acts.LATER)

    assert acts.stored(customer).is_live is (None if act == "delete" else True)
