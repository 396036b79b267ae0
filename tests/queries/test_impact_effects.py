"""What an operation would change: each thing by its count, its amounts and its ids."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, CustomerUser, PaymentSource, Subscription
from billing_customers.operations import documents
from billing_customers.operations.access import AccessSettings
from billing_customers.operations.customer_users import link_user
from billing_customers.operations.deletion import schedule_deletion
from billing_customers.operations.hierarchy import delink_customer
from billing_customers.queries.effects import Effect
from billing_customers.queries.impact import impact_of
from billing_customers.work.jobs import run_due
from tests.fixtures import NOW
from tests.hostapp.models import Membership
from tests.neighbors.conftest import MEMBERSHIPS
from tests.operations import acts
from tests.operations.collecting import a_source, an_invoice, collect
from tests.operations.families import chain, link, owned, owners, people, places
from tests.operations.money import credit, pay


@pytest.fixture
def rich(site: BillingSite, settings: Any) -> None:
    """``acme`` with one of everything, but nothing live."""
    settings.BILLING_CUSTOMERS = {"NEIGHBORS": [MEMBERSHIPS]}
    acts.create(site, "old", email="acme@example.com")
    acts.rename(site, "old", "acme")
    acts.add_contact(site, id="jane", email="jane@example.com")
    link_user(site=site, public_id="acme", user=acts.a_user(), at=NOW)
    a_source(site)
    PaymentSource.objects.update(public_id="pm_1")
    Customer.objects.update(primary_payment_source_id="pm_1")
    an_invoice(site)
    an_invoice(site, public_id="paid")
    collect(site, "paid")
    for currency, amount in (("EUR", 500), ("USD", 700)):
        credit(site, amount, currency_code=currency)
    pay(site, 300)
    documents.create_unbilled_charge(site=site, customer_public_id="acme", amount=5, at=NOW)
    for public_id, status in (("sub", "incomplete"), ("ended", "canceled")):
        documents.create_subscription(
            site=site,
            customer_public_id="acme",
            status=status,  # type: ignore[arg-type]
            public_id=public_id,
            at=NOW,
        )
    Membership.objects.create(member=Customer.objects.get(), state="off", code="m1")


def effects(site: BillingSite, operation: str, public_id: str = "acme", **targets: Any) -> list[Effect]:
    impact = impact_of(site, public_id, operation, **targets)
    assert impact.blockers == ()
    return list(impact.effects)


def brief(found: list[Effect]) -> dict[str, tuple[int, dict[str, int], tuple[str, ...]]]:
    return {each.code + (" of the host" if "emberships" in each.message else ""): _facts(each) for each in found}


def _facts(effect: Effect) -> tuple[int, dict[str, int], tuple[str, ...]]:
    return effect.count, dict(effect.amounts), effect.ids


KEPT: dict[str, tuple[int, dict[str, int], tuple[str, ...]]] = {
    "subscription_kept": (2, {}, ()),
    "invoice_kept": (2, {}, ()),
    "unbilled_charge_kept": (1, {}, ()),
    "transaction_kept": (2, {}, ()),
    "subscription_kept of the host": (1, {}, ()),
}
CREDITS, EXCESS, CHARGES = {"EUR": 500, "USD": 700}, {"USD": 300}, {"USD": 5}


def balances(ending: str) -> dict[str, tuple[int, dict[str, int], tuple[str, ...]]]:
    return {
        f"promotional_credits_{ending}": (2, CREDITS, ()),
        f"excess_payments_{ending}": (1, EXCESS, ()),
        f"unbilled_charges_{ending}": (1, CHARGES, ()),
    }


@pytest.mark.usefixtures("rich")
def test_deletion(site: BillingSite) -> None:
    user = str(acts.a_user().pk)

    assert brief(effects(site, "delete", cancels_subscriptions=True)) == {
        "customer_deleted": (1, {}, ("acme",)),
        "subscriptions_cancelled": (1, {}, ("sub",)),
        "payment_sources_detached": (1, {}, ("pm_1",)),
        **KEPT,
        **balances("left"),
        "contacts_left": (1, {}, ("jane",)),
        "former_ids_freed": (1, {}, ("old",)),
        "users_left": (1, {}, (user,)),
    }


@pytest.mark.usefixtures("rich")
def test_deletion_does_what_was_told(site: BillingSite) -> None:
    told = {each.code: each.count for each in effects(site, "delete", cancels_subscriptions=True)}

    schedule_deletion(site=site, public_id="acme", at=acts.LATER)
    jobs = list(iter(lambda: run_due(clock=lambda: acts.LATER, uniform=lambda low, high: low), None))

    assert jobs
    assert Subscription.objects.filter(cancelled_at=acts.LATER).count() == told["subscriptions_cancelled"]
    assert PaymentSource.objects.filter(deleted_at=acts.LATER).count() == told["payment_sources_detached"]
    assert acts.create(site, "old", at=acts.LATER).public_id == "old"


@pytest.mark.usefixtures("rich")
def test_deletion_at_once_cancels_nothing(site: BillingSite) -> None:
    assert "subscriptions_cancelled" not in brief(effects(site, "delete"))


@pytest.mark.usefixtures("rich")
@pytest.mark.parametrize(
    ("forgets", "sentence"),
    [
        (True, "Payment sources: 1. They are detached, and the gateways forget them."),
        (False, "Payment sources: 1. They are detached; the gateways keep them."),
        (None, "Payment sources: 1. They are detached, and the gateways forget them."),
    ],
)
def test_what_becomes_of_payment_sources(site: BillingSite, forgets: bool | None, sentence: str) -> None:
    found = effects(site, "delete", delete_payment_method=forgets)

    assert Effect("payment_sources_detached", sentence, 1, ids=("pm_1",)) in found


@pytest.mark.usefixtures("rich")
def test_sentences_of_neighbours(site: BillingSite) -> None:
    told = {each.message for each in effects(site, "delete") if each.code.endswith("_kept")}

    assert told == {
        "Subscriptions: 2 (1 canceled, 1 incomplete). They are kept, and hidden.",
        "Invoices: 2 (1 paid, 1 payment due). They are kept, and hidden.",
        "Unbilled charges: 1. They are kept, and hidden.",
        "Transactions: 2 (2 success). They are kept, and hidden.",
        "Memberships: 1 (1 off). They are kept.",
    }


def test_deletion_of_one_that_has_nothing(site: BillingSite) -> None:
    people(site, "acme")

    message = "The customer becomes a tombstone: API clients no longer get it, and its id is free."
    assert effects(site, "delete") == [Effect("customer_deleted", message, 1, ids=("acme",))]


def test_effects_are_told_beside_blockers(site: BillingSite) -> None:
    chain(site, "acme child")

    impact = impact_of(site, "acme", "delete")

    assert [each.code for each in impact.blockers] == ["has_children"]
    assert [each.code for each in impact.effects] == ["customer_deleted"]


@pytest.mark.usefixtures("rich")
def test_at_most_ten_ids_are_told(site: BillingSite) -> None:
    for number in range(11):
        acts.rename(site, "acme", f"acme-{number}")
        acts.rename(site, f"acme-{number}", "acme")

    [former] = [each for each in effects(site, "delete") if each.code == "former_ids_freed"]

    assert (former.count, len(former.ids)) == (12, 10)


@pytest.mark.usefixtures("rich")
def test_erasure(site: BillingSite) -> None:
    found = brief(effects(site, "erase"))

    assert found == {
        "personal_data_cleared": (1, {}, ("acme",)),
        "payment_sources_detached": (1, {}, ("pm_1",)),
        "contacts_cleared": (1, {}, ("jane",)),
        "subscription_kept": (2, {}, ()),
        "invoice_kept": (2, {}, ()),
        "unbilled_charge_blanked": (1, {}, ()),
        "transaction_blanked": (2, {}, ()),
        "subscription_blanked of the host": (1, {}, ()),
        **balances("kept"),
    }


@pytest.mark.usefixtures("rich")
def test_merge(site: BillingSite) -> None:
    people(site, "hq")

    found = effects(site, "merge", to_customer_id="hq")

    assert brief(found) == {
        "customer_merged": (1, {}, ("acme",)),
        **{code.replace("_kept", "_moved"): facts for code, facts in KEPT.items()},
        **balances("moved"),
        "payment_sources_moved": (1, {}, ("pm_1",)),
        "contacts_moved": (1, {}, ("jane",)),
        "users_moved": (1, {}, (str(CustomerUser.objects.get().user_id),)),
        "former_ids_moved": (1, {}, ("old",)),
    }
    assert found[2].message == "Invoices: 2 (1 paid, 1 payment due). They go to hq."


@pytest.mark.usefixtures("rich")
def test_move(site: BillingSite) -> None:
    assert brief(effects(site, "move")) == {
        "customer_copied": (1, {}, ("acme",)),
        "contacts_copied": (1, {}, ("jane",)),
        "payment_sources_copied": (1, {}, ("pm_1",)),
        **KEPT,
        **balances("kept"),
    }


def test_link(site: BillingSite) -> None:
    chain(site, "top hq")
    chain(site, "acme child")

    found = effects(site, "link", parent_id="hq", payment_owner_id="top")

    assert found == [
        Effect("linked", "The customer comes right below hq.", 1, ids=("acme",)),
        Effect(
            "root_changes",
            "The customer and all below it: top is the top of their hierarchy from now on.",
            2,
            ids=("acme", "child"),
        ),
        Effect("invoice_owner", "New invoices for the customer are its own.", 1, ids=("acme",)),
        Effect("payment_owner", "top pays for the customer, with its own payment sources.", 1, ids=("top",)),
        Effect(
            "access_given",
            "top gets what the site's settings say, unless others are sent: subscriptions view_only, invoices yes.",
            1,
            ids=("top",),
        ),
    ]
    link(site, "acme", "hq", payment_owner_id="top")
    assert places(site)["acme"] == ("hq", "top")
    assert places(site)["child"] == ("acme", "top")
    assert owners(site)["acme"] == ("acme", "top")


def test_link_of_one_that_pays_itself(site: BillingSite) -> None:
    people(site, "acme hq")

    found = {each.code: (each.message, each.ids) for each in effects(site, "link", parent_id="hq")}

    assert found["payment_owner"] == (
        "The customer itself pays for the customer, with its own payment sources.",
        ("acme",),
    )
    assert found["access_given"][1] == ("hq",)


def test_delinking(site: BillingSite) -> None:
    chain(site, "top hq")
    people(site, "acme child other")
    owned(site, "acme", "hq", invoiced="top", pays="top")
    owned(site, "child", "acme", invoiced="child", pays="hq")
    link(site, "other", "acme", access=AccessSettings())

    found = effects(site, "unlink")

    assert found == [
        Effect("delinked", "The customer no longer stands below hq.", 1, ids=("acme",)),
        Effect(
            "root_changes",
            "The customer and all below it: acme is the top of what is below it from now on.",
            3,
            ids=("acme", "child", "other"),
        ),
        Effect("invoice_owner", "New invoices for the customer are its own.", 1, ids=("acme",)),
        Effect(
            "payment_owner",
            "The customer itself pays for the customer, with its own payment sources.",
            1,
            ids=("acme",),
        ),
        Effect(
            "owners_replaced",
            "What others above paid or were invoiced for these is acme's from now on.",
            1,
            ids=("child",),
        ),
        Effect("access_ends", "top no longer sees the customer, nor gets its mail.", 1, ids=("top",)),
    ]
    delink_customer(site=site, public_id="acme", at=acts.LATER)
    assert places(site)["child"] == ("acme", "acme")
    assert owners(site)["child"] == ("child", "acme")


def test_delinking_of_one_that_pays_itself(site: BillingSite) -> None:
    chain(site, "hq acme")

    assert [each.code for each in effects(site, "unlink")] == ["delinked", "root_changes", "access_ends"]
    assert effects(site, "unlink")[-1].ids == ("hq",)
