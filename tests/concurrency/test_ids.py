"""An id has one owner, however many want it at once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, CustomerAlias
from billing_customers.operations.sites import ensure_site
from billing_customers.queries.customers import find_customer
from tests.clients import ChargebeeClient
from tests.concurrency.crowd import SIZE, crowd, persistent, statuses, tally, together, values
from tests.concurrency.meeting import Meeting
from tests.fixtures import NOW
from tests.operations import acts


def owners(site: BillingSite, public_id: str) -> list[str]:
    """Who answers to the id: live customers that have it and customers that had it."""
    live = Customer.objects.for_site(site).live().filter(public_id=public_id)
    former = CustomerAlias.objects.for_site(site).filter(public_id=public_id)
    return ["live"] * live.count() + ["former"] * former.count()


def test_one_of_many_creations_with_an_id_succeeds(site: BillingSite) -> None:
    outcomes = crowd(lambda number: acts.create(site, "acme", name=f"Name {number}"))

    assert tally(outcomes) == {"done": 1, "DuplicateId": SIZE - 1}
    assert Customer.objects.get().name == values(outcomes)[0].name


def test_creations_with_an_id_that_is_taken_leave_its_owner_alone(site: BillingSite) -> None:
    acts.create(site, "acme", name="First")
    before = Customer.objects.values().get()

    outcomes = crowd(lambda number: acts.create(site, "acme", name=f"Name {number}"))

    assert tally(outcomes) == {"DuplicateId": SIZE}
    assert Customer.objects.values().get() == before


def test_one_of_many_requests_with_an_id_succeeds(key: str) -> None:
    outcomes = crowd(lambda number: ChargebeeClient(key).post("/customers", {"id": "acme", "first_name": str(number)}))

    assert statuses(outcomes) == {200: 1, 400: SIZE - 1}
    refused = [answer.json() for answer in values(outcomes) if answer.status_code == 400]
    assert {(answer["api_error_code"], answer["param"]) for answer in refused} == {("duplicate_entry", "id")}
    created = next(answer.json() for answer in values(outcomes) if answer.status_code == 200)
    assert Customer.objects.get().first_name == created["customer"]["first_name"]


def test_generated_ids_never_collide(site: BillingSite) -> None:
    outcomes = crowd(lambda _: acts.create(site, None))

    assert tally(outcomes) == {"done": SIZE}
    assert Customer.objects.values("public_id").distinct().count() == SIZE


def test_one_of_many_customers_gets_the_new_id(site: BillingSite) -> None:
    for number in range(SIZE):
        acts.create(site, f"c{number}")

    outcomes = crowd(lambda number: acts.rename(site, f"c{number}", "acme"))

    assert tally(outcomes) == {"done": 1, "DuplicateId": SIZE - 1}
    assert owners(site, "acme") == ["live"]


def test_customer_that_many_rename_keeps_each_id(site: BillingSite) -> None:
    acts.create(site, "acme")

    outcomes = crowd(lambda number: acts.rename(site, "acme", f"acme-{number}"))

    assert tally(outcomes) == {"done": SIZE}
    customer = Customer.objects.get()
    ids = {customer.public_id, *CustomerAlias.objects.values_list("public_id", flat=True)}
    assert ids == {"acme", *(f"acme-{number}" for number in range(SIZE))}
    assert len({each.resource_version for each in values(outcomes)}) == SIZE


def test_customer_can_be_found_by_both_ids_while_it_goes_back_and_forth(site: BillingSite) -> None:
    acts.create(site, "acme")
    acts.rename(site, "acme", "apex")

    def rename_often() -> None:
        for number in range(60):
            persistent(lambda new=("acme", "apex")[number % 2]: acts.rename(site, "acme", new))  # type: ignore[misc]

    def look(number: int) -> list[Any]:
        public_id = ("acme", "apex")[number % 2]
        return [find_customer(site, public_id, ("id",)) for _ in range(100)]

    def write(number: int) -> list[Any]:
        public_id = ("acme", "apex")[number % 2]
        fields = [{f"cf_{number}": each} for each in range(15)]
        return [persistent(lambda each=each: acts.update(site, public_id, custom_fields=each)) for each in fields]  # type: ignore[misc]

    readers = [lambda number=number: look(number) for number in range(4)]  # type: ignore[misc]
    writers = [lambda number=number: write(number) for number in range(4)]  # type: ignore[misc]
    outcomes = together(rename_often, *readers, *writers)

    assert tally(outcomes) == {"done": 9}
    assert None not in [row for outcome in outcomes[1:5] for row in outcome.value]


@pytest.mark.parametrize("taker", ["new", "other"])
def test_id_that_is_given_up_in_this_moment_cannot_be_taken(site: BillingSite, taker: str) -> None:
    acts.create(site, "acme")
    acts.create(site, "other")
    meeting = Meeting()

    def give_up() -> Any:
        # The rename has changed the row and not yet kept the former id.
        with meeting.held_at_signal():
            return acts.rename(site, "acme", "apex")

    def take() -> Any:
        meeting.wait()
        return acts.create(site, "acme") if taker == "new" else acts.rename(site, "other", "acme")

    outcomes = together(give_up, take)

    assert [outcome.name for outcome in outcomes] == ["done", "DuplicateId"]
    assert (owners(site, "acme"), owners(site, "apex"), owners(site, "other")) == (
        ["former"],
        ["live"],
        ["live"],
    )


def test_renames_creations_and_deletions_leave_each_id_one_owner(site: BillingSite) -> None:
    acts.create(site, "a")

    def attempt(number: int) -> Any:
        kind, name = number % 4, "abc"[number % 3]
        if kind == 0:
            return acts.rename(site, name, "abc"[(number + 1) % 3])
        if kind == 1:
            return acts.create(site, name)
        if kind == 2:
            return acts.update(site, name, name=f"Name {number}")
        return acts.delete(site, name)

    outcomes = crowd(lambda number: persistent(lambda: attempt(number)))

    assert set(tally(outcomes)) <= {"done", "DuplicateId", "NotFound"}
    live = Counter(Customer.objects.for_site(site).live().values_list("public_id", flat=True))
    assert all(count == 1 for count in live.values())
    former = CustomerAlias.objects.filter(customer__is_live=True).values_list("public_id", flat=True)
    assert set(former) & set(live) == set()


def test_site_that_many_ensure_is_made_once(db: None) -> None:
    outcomes = crowd(lambda _: ensure_site(slug="acme", at=NOW), 8)

    assert tally(outcomes) == {"done": 8}
    assert Counter(created for _, created in values(outcomes)) == {True: 1, False: 7}
