"""What an operation would do is asked beforehand: the answer and the operation agree, whatever state there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_customers.exceptions import BillingError, InvalidInput, NotFound
from billing_customers.models import BillingSite, Customer, Relationship
from billing_customers.neighbors import Blocker, ModelNeighbor
from billing_customers.neighbors.base import Neighbor
from billing_customers.operations.deletion import delete_customer, schedule_deletion
from billing_customers.operations.hierarchy import delink_customer, link_customer
from billing_customers.queries.effects import Effect
from billing_customers.queries.impact import OPERATIONS, Impact, impact_of
from tests.hostapp.models import Badge
from tests.neighbors.conftest import MEMBERSHIPS
from tests.operations import acts, predicaments
from tests.operations.families import chain, people
from tests.operations.predicaments import DELETIONS, LINKS, UNLINKS, Setup
from tests.operations.watching import faults, nothing_changes, rows_stay

BLOCKING_BADGES = ModelNeighbor("hostapp.Badge", kind="badge", blocks=["delete", "merge", "move"], message="A badge.")
# What each operation needs to be asked about.
TARGETS = {"link": {"parent_id": "hq"}, "merge": {"to_customer_id": "hq"}}

# What forbids a deletion, by state; nothing in the others.
CODES = {
    **{state: ["active_subscription"] for state in ("active", "trialing", "past_due", "member of the host")},
    "badge of the host": ["live_badge"],
    "badge and subscription of the host": ["active_subscription", "live_badge"],
    "payment under way": ["live_transaction"],
    "paid for by another": ["invoice_paid_by_another"],
    "credits used elsewhere": ["credit_note_used_elsewhere"],
    "child": ["has_parent"],
    "parent": ["has_children"],
    "parent and child": ["has_parent", "has_children"],
}


@pytest.fixture(autouse=True)
def hosts_models(settings: Any) -> None:
    """The host's models are neighbours, badges forbid a deletion, and hierarchies are small."""
    settings.BILLING_CUSTOMERS = {
        "NEIGHBORS": [BLOCKING_BADGES, MEMBERSHIPS],
        "HIERARCHY_MAX_LEVELS": 4,
        "HIERARCHY_MAX_CHILDREN": 2,
    }


def refused(act: Callable[..., Any], site: BillingSite, **said: Any) -> list[str]:
    """The message of the operation's refusal, if it refuses."""
    try:
        act(site=site, public_id="acme", at=acts.LATER, **said)
    except BillingError as error:
        return [error.message]
    return []


def first(impact: Impact) -> list[str]:
    return [blocker.message for blocker in impact.blockers[:1]]


@pytest.mark.parametrize("setup", DELETIONS.values(), ids=DELETIONS)
@pytest.mark.parametrize(("act", "cancels"), [(delete_customer, False), (schedule_deletion, True)])
def test_deletion_is_foretold(site: BillingSite, setup: Setup, act: Callable[..., Any], cancels: bool) -> None:
    setup(site)

    with nothing_changes():
        impact = impact_of(site, "acme", "delete", cancels_subscriptions=cancels)

    assert first(impact) == refused(act, site)


@pytest.mark.parametrize("state", DELETIONS)
def test_every_blocker_of_a_deletion_is_told(site: BillingSite, state: str) -> None:
    DELETIONS[state](site)

    assert [each.code for each in impact_of(site, "acme", "delete").blockers] == CODES.get(state, [])


@pytest.mark.parametrize(("setup", "targets"), LINKS.values(), ids=LINKS)
def test_link_is_foretold(site: BillingSite, setup: Setup, targets: dict[str, str]) -> None:
    setup(site)

    with nothing_changes():
        impact = impact_of(site, "acme", "link", **targets)

    assert first(impact) == refused(link_customer, site, **targets)
    assert bool(impact.effects) is not bool(impact.blockers)


@pytest.mark.parametrize("setup", UNLINKS.values(), ids=UNLINKS)
def test_delinking_is_foretold(site: BillingSite, setup: Setup) -> None:
    setup(site)

    with nothing_changes():
        impact = impact_of(site, "acme", "unlink")

    assert first(impact) == refused(delink_customer, site)
    assert bool(impact.effects) is not bool(impact.blockers)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            "has a parent",
            Blocker("has_parent", "The customer has a parent already: unlink it first.", (), "Unlink it first."),
        ),
        (
            "no such parent",
            Blocker("not_found", "There is no such customer.", ("nobody",), "Name a customer of this site."),
        ),
        (
            "below itself",
            Blocker("ring", "The customer would come to be above itself.", ("b",), "Choose another parent."),
        ),
        (
            "too deep",
            Blocker(
                "limit_reached",
                "A hierarchy has at most 4 levels.",
                ("hq",),
                "Choose another parent, or raise the setting.",
            ),
        ),
        (
            "payer elsewhere",
            Blocker(
                "invalid_owner",
                "Must be the customer itself or one of those above it.",
                ("other",),
                "Name the customer itself or one of those above it, or nobody.",
            ),
        ),
    ],
)
def test_blocker_of_a_link_says_what_would_help(site: BillingSite, state: str, expected: Blocker) -> None:
    setup, targets = LINKS[state]
    setup(site)

    assert impact_of(site, "acme", "link", **targets).blockers == (expected,)


def test_each_owner_that_cannot_be_one_is_told(site: BillingSite) -> None:
    setup, targets = LINKS["both owners elsewhere"]
    setup(site)

    blockers = impact_of(site, "acme", "link", **targets).blockers

    assert [(each.code, each.ids) for each in blockers] == [("invalid_owner", ("other",))] * 2


def test_delinking_without_a_parent(site: BillingSite) -> None:
    people(site, "acme")

    assert impact_of(site, "acme", "unlink") == Impact(
        "unlink",
        "acme",
        (Blocker("has_no_parent", "The customer has no parent.", (), "There is nothing to unlink."),),
        (),
    )


@pytest.mark.parametrize(
    ("setup", "operation", "codes"),
    [
        (predicaments.alone, "erase", []),
        (predicaments.subscribed("active"), "erase", ["active_subscription"]),
        (predicaments.member_of_the_host("on"), "erase", ["active_subscription"]),
        (predicaments.paying, "erase", ["live_transaction"]),
        (DELETIONS["parent and child"], "erase", []),
        (predicaments.alone, "merge", []),
        (predicaments.paying, "merge", ["live_transaction"]),
        (predicaments.with_a_badge, "merge", ["live_badge"]),
        (DELETIONS["parent and child"], "merge", ["has_parent", "has_children"]),
        (predicaments.subscribed("active"), "move", []),
        (predicaments.with_a_badge, "move", ["live_badge"]),
    ],
)
def test_neighbours_are_asked_about_erasure_merge_and_move(
    site: BillingSite, setup: Setup, operation: str, codes: list[str]
) -> None:
    setup(site)
    people(site, "hq")

    impact = impact_of(site, "acme", operation, **TARGETS.get(operation, {}))

    assert [each.code for each in impact.blockers] == codes


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "acme",
            Blocker("same_customer", "Must be another customer.", ("acme",), "Name another customer."),
        ),
        ("nobody", Blocker("not_found", "There is no such customer.", ("nobody",), "Name a customer of this site.")),
    ],
)
def test_merge_needs_another_customer(site: BillingSite, target: str, expected: Blocker) -> None:
    people(site, "acme")

    assert impact_of(site, "acme", "merge", to_customer_id=target).blockers == (expected,)


def test_merge_by_a_former_id_is_into_itself_too(site: BillingSite) -> None:
    people(site, "acme")
    acts.rename(site, "acme", "newer")

    [blocker] = impact_of(site, "newer", "merge", to_customer_id="acme").blockers

    assert blocker.code == "same_customer"


@pytest.mark.parametrize(("operation", "blocks"), [("erase", True), ("merge", True), ("move", False)])
def test_rows_that_no_neighbour_looks_after(site: BillingSite, settings: Any, operation: str, blocks: bool) -> None:
    settings.BILLING_CUSTOMERS = {"NEIGHBORS": [MEMBERSHIPS]}
    predicaments.with_a_badge(site)
    people(site, "hq")

    found = impact_of(site, "acme", operation, **TARGETS.get(operation, {})).blockers

    expected = Blocker(
        "uncovered_rows",
        "Rows of hostapp.Badge.customer refer to the customer, and no neighbour looks after them.",
        (str(Badge.objects.get().pk),),
        "Name hostapp.Badge in BILLING_CUSTOMERS['NEIGHBORS'].",
    )
    assert found == ((expected,) if blocks else ())


@pytest.mark.parametrize(
    ("operation", "targets", "issue"),
    [
        ("destroy", {}, ("operation", "Must be one of delete, erase, link, unlink, merge, move.")),
        ("", {}, ("operation", "Must be one of delete, erase, link, unlink, merge, move.")),
        ("link", {}, ("parent_id", "Is required.")),
        ("link", {"parent_id": ""}, ("parent_id", "Is required.")),
        ("merge", {"to_customer_id": None}, ("to_customer_id", "Is required.")),
    ],
)
def test_question_that_makes_no_sense(
    site: BillingSite, operation: str, targets: dict[str, Any], issue: tuple[str, str]
) -> None:
    people(site, "acme")

    with pytest.raises(InvalidInput) as caught:
        impact_of(site, "acme", operation, **targets)

    assert faults(caught) == [issue]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_missing_foreign_and_deleted_customers_are_not_found(
    site: BillingSite, other_site: BillingSite, operation: str
) -> None:
    people(site, "acme gone")
    acts.delete(site, "gone")

    for where, public_id in ((site, "nobody"), (other_site, "acme"), (site, "gone")):
        if operation == "erase" and public_id == "gone":
            # A tombstone has personal data too.
            continue
        with pytest.raises(NotFound):
            impact_of(where, public_id, operation, **TARGETS.get(operation, {}))


@pytest.mark.parametrize(("operation", "code"), [("link", "not_found"), ("merge", "not_found")])
def test_target_of_another_site_is_as_one_that_is_missing(
    site: BillingSite, other_site: BillingSite, operation: str, code: str
) -> None:
    people(site, "acme")
    people(other_site, "hq")

    [foreign] = impact_of(site, "acme", operation, **TARGETS[operation]).blockers
    [missing] = impact_of(site, "acme", operation, **dict.fromkeys(TARGETS[operation], "none")).blockers

    assert foreign == replace(missing, ids=("hq",))
    assert foreign.code == code


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_or_written_and_no_transaction_is_needed(
    site: BillingSite, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    predicaments.with_documents(site)
    people(site, "hq")

    def lock(self: Neighbor, *args: Any) -> None:
        raise AssertionError("A neighbour was told to lock.")

    monkeypatch.setattr(ModelNeighbor, "lock", lock)
    monkeypatch.setattr(Neighbor, "lock", lock)
    with rows_stay(), CaptureQueriesContext(connection) as captured:
        impact_of(site, "acme", operation, **TARGETS.get(operation, {}))
        sent = [query["sql"].strip() for query in captured]

    assert sent
    assert [sql for sql in sent if not sql.startswith(("SELECT", "WITH")) or "FOR UPDATE" in sql] == []


def test_statements_are_seen_to_lock_when_they_do(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    people(site, "acme")
    locked: list[str] = []
    monkeypatch.setattr(ModelNeighbor, "lock", lambda self, *args: locked.append(self.label))

    acts.delete(site)

    assert "memberships" in locked


@pytest.mark.parametrize("operation", OPERATIONS)
def test_queries_are_as_many_whatever_there_is(
    site: BillingSite, operation: str, django_assert_num_queries: Any
) -> None:
    chain(site, "hq acme a" if operation == "unlink" else "acme a")
    if operation != "unlink":
        people(site, "hq")
    targets = TARGETS.get(operation, {})
    with CaptureQueriesContext(connection) as few:
        impact_of(site, "acme", operation, **targets)
    for number in range(3):
        acts.add_contact(site, "acme", email=f"{number}@example.com")
    for number in range(30):
        child = acts.create(site, f"c{number}")
        parent = Customer.objects.get(site=site, public_id="a")
        root = Relationship.objects.get(child=parent).root
        Relationship(site=site, child=child, parent=parent, root=root, invoice_owner=child, payment_owner=child).save(
            force_insert=True
        )

    with django_assert_num_queries(len(few)):
        impact_of(site, "acme", operation, **targets)


def test_effect_tells_amounts_as_they_are_read() -> None:
    effect = Effect("x", "X.", 3, {"EUR": 123456, "JPY": 12, "KWD": 5})

    assert effect.amounts_text == "1234.56 EUR, 12 JPY, 0.005 KWD"
    assert Effect("x", "X.").amounts_text == ""
