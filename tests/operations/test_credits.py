"""Promotional credits: added, deducted, set to an amount."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from billing_customers.actors import Actor
from billing_customers.exceptions import InsufficientBalance, InvalidInput, InvalidState, NotFound, VersionMismatch
from billing_customers.models import BillingSite, Customer, Event, LedgerEntry
from billing_customers.models.ledger import MAX_AMOUNT
from billing_customers.operations.credits import (
    add_promotional_credits,
    deduct_promotional_credits,
    reverse_promotional_credits,
    set_promotional_credits,
)
from billing_customers.operations.documents import create_invoice
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.money import amounts, heard
from tests.operations.watching import ReceiverFailed, faults, refusal, rows_stay

Act = Callable[..., Any]

ACTS: dict[str, Act] = {
    "add": add_promotional_credits,
    "deduct": deduct_promotional_credits,
    "set": set_promotional_credits,
}
ME = Actor("api", "ck_test_…abcd")


def act(name: str, site: BillingSite, amount: Any = 100, public_id: str = "acme", **said: Any) -> Any:
    given = {"description": "Sorry", "at": acts.LATER, **said}
    return ACTS[name](site=site, customer_public_id=public_id, amount=amount, **given)


@pytest.fixture
def rich(site: BillingSite, acme: Customer) -> Customer:
    """A customer with 1,000 in USD."""
    act("add", site, 1000)
    return acts.stored(acme)


@pytest.mark.parametrize(
    ("name", "delta", "after"), [("add", 100, 1100), ("deduct", -100, 900), ("set", -900, 100)], ids=list(ACTS)
)
def test_entry_is_booked_by(site: BillingSite, rich: Customer, name: str, delta: int, after: int) -> None:
    customer, entry = act(
        name, site, description="For the delay", credit_type="loyalty_credits", reference="ticket 7", actor=ME
    )

    row = LedgerEntry.objects.values().get(pk=entry.pk)
    assert {column: value for column, value in row.items() if column not in {"id", "public_id"}} == {
        "site_id": site.pk,
        "customer_id": rich.pk,
        "currency": "USD",
        "bucket": "promotional_credits",
        "delta": delta,
        "balance_after": after,
        "reference": None,
        "reverses_id": None,
        "credit_type": "loyalty_credits",
        "description": "For the delay",
        "caller_reference": "ticket 7",
        "source": "api",
        "done_by": "ck_test_…abcd",
        "created_at": acts.LATER,
    }
    assert (customer.pk, amounts(rich)) == (rich.pk, {"USD": after})


@pytest.mark.parametrize("name", ACTS)
def test_customer_is_touched_by(site: BillingSite, rich: Customer, name: str) -> None:
    customer, _ = act(name, site, at=acts.LATER)

    row = acts.stored(rich)
    assert (row.resource_version, row.updated_at) == (rich.resource_version + 1, acts.LATER)
    assert (customer.resource_version, customer.updated_at) == (row.resource_version, row.updated_at)


@pytest.mark.parametrize("name", ACTS)
def test_nothing_but_version_and_mark_of_the_customer_changes(site: BillingSite, acme: Customer, name: str) -> None:
    act("add", site, 1000, at=NOW)
    before = vars(acts.stored(acme))

    act(name, site)

    after = vars(acts.stored(acme))
    changed = {column for column in before if before[column] != after[column] and column != "_state"}
    assert changed == {"resource_version", "updated_at"}


@pytest.mark.parametrize(("name", "signal"), [("add", "added"), ("deduct", "deducted"), ("set", "deducted")])
def test_one_signal_is_sent_by(site: BillingSite, rich: Customer, name: str, signal: str) -> None:
    with heard() as said:
        customer, entry = act(name, site, actor=ME)

    assert said == [
        (
            f"promotional_credits_{signal}",
            {
                "sender": LedgerEntry,
                "customer": customer,
                "site": site,
                "promotional_credit": entry,
                "actor": ME,
                "at": acts.LATER,
            },
        )
    ]


def test_more_that_is_set_is_added(site: BillingSite, rich: Customer) -> None:
    with heard() as said:
        _, entry = act("set", site, 1500)

    assert ([name for name, _ in said], entry.delta) == (["promotional_credits_added"], 500)


@pytest.mark.parametrize("name", ACTS)
def test_one_event_is_recorded_by(site: BillingSite, rich: Customer, name: str) -> None:
    before = Event.objects.count()

    act(name, site)

    assert Event.objects.count() == before + 1


@pytest.mark.parametrize(("there", "amount"), [([], 0), ([1000], 1000)])
def test_setting_what_is_there_changes_nothing(
    site: BillingSite, acme: Customer, there: list[int], amount: int
) -> None:
    for given in there:
        act("add", site, given)

    with rows_stay(), heard() as said:
        customer, entry = act("set", site, amount)

    assert (customer.public_id, entry, said) == ("acme", None, [])


def test_nothing_can_be_set(site: BillingSite, rich: Customer) -> None:
    _, entry = act("set", site, 0)

    assert (entry.delta, amounts(rich)) == (-1000, {"USD": 0})


def test_first_setting_of_a_customer_adds(site: BillingSite, acme: Customer) -> None:
    _, entry = act("set", site, 70)

    assert (entry.delta, amounts(acme), acts.stored(acme).has_balances) == (70, {"USD": 70}, True)


@pytest.mark.parametrize("amount", [1, 999, 1000])
def test_what_is_there_can_be_deducted(site: BillingSite, rich: Customer, amount: int) -> None:
    act("deduct", site, amount)

    assert amounts(rich) == {"USD": 1000 - amount}


def test_more_than_there_is_cannot_be_deducted(site: BillingSite, rich: Customer) -> None:
    with refusal(InsufficientBalance) as caught:
        act("deduct", site, 1001)

    assert (caught.value.message, caught.value.param) == (
        "The promotional credits in USD are less than 1001.",
        "amount",
    )


def test_credits_beyond_the_limit_are_refused(site: BillingSite, rich: Customer) -> None:
    with refusal(InvalidInput) as caught:
        act("add", site, MAX_AMOUNT)

    assert faults(caught) == [("amount", "The balance would exceed 1000000000000000.")]


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("code", ["EUR", "eur"])
def test_another_currency_is_a_balance_of_its_own(site: BillingSite, rich: Customer, name: str, code: str) -> None:
    act("add", site, 500, currency_code="EUR")

    act(name, site, 100, currency_code=code)

    assert amounts(rich) == {"EUR": {"add": 600, "deduct": 400, "set": 100}[name], "USD": 1000}


def test_currency_is_the_preferred_one_unless_given(site: BillingSite) -> None:
    customer = acts.create(site, "acme", preferred_currency_code="ILS")

    act("add", site, 5)

    assert amounts(customer) == {"ILS": 5}


@pytest.mark.parametrize("name", ACTS)
def test_credits_are_general_unless_said(site: BillingSite, rich: Customer, name: str) -> None:
    _, entry = act(name, site)

    row = LedgerEntry.objects.get(pk=entry.pk)
    assert (row.credit_type, row.caller_reference, row.source, row.done_by) == ("general", "", "none", "")


@pytest.mark.parametrize("name", ACTS)
def test_texts_may_be_as_long_as_the_contract_says(site: BillingSite, rich: Customer, name: str) -> None:
    _, entry = act(name, site, description="é" * 249 + "\n", reference="x" * 500)

    row = LedgerEntry.objects.get(pk=entry.pk)
    assert (row.description, row.caller_reference) == ("é" * 249 + "\n", "x" * 500)


RANGE = "Must be from 1 to 1000000000000000."
BAD: list[tuple[dict[str, Any], tuple[str, str]]] = [
    *(({"amount": amount}, ("amount", RANGE)) for amount in (-(2**63) - 1, -1, 10**15 + 1, 2**63 - 1, 2**63, 10**400)),
    *(({"amount": amount}, ("amount", "Must be an integer.")) for amount in (1.0, 1.5, True, "1e3", "١٢", "+5", " 5 ")),
    *(({"amount": amount}, ("amount", "Is required.")) for amount in (None, "")),
    *(({"description": text}, ("description", "Is required.")) for text in (None, "")),
    ({"description": "x" * 251}, ("description", "Must have at most 250 characters.")),
    ({"description": "a\0b"}, ("description", "Must not contain control characters.")),
    ({"description": 5}, ("description", "Must be a string.")),
    ({"reference": "x" * 501}, ("reference", "Must have at most 500 characters.")),
    ({"reference": "a\nb"}, ("reference", "Must not contain control characters.")),
    ({"credit_type": "gift"}, ("credit_type", "Must be one of loyalty_credits, referral_rewards, general.")),
    *(
        ({"currency_code": code}, ("currency_code", "Must be an ISO 4217 currency code, such as USD."))
        for code in ("US", "ZZZ", "XAU", "DEM", 5)
    ),
]


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize(("said", "fault"), BAD, ids=lambda value: repr(value)[:60])
def test_bad_input_is_refused_by(
    site: BillingSite, rich: Customer, name: str, said: dict[str, Any], fault: tuple[str, str]
) -> None:
    field, message = fault
    expected = message.replace("from 1", "from 0") if name == "set" else message

    with refusal(InvalidInput) as caught:
        act(name, site, **{"amount": 100, **said})

    assert faults(caught) == [(field, expected)]


@pytest.mark.parametrize("name", ["add", "deduct"])
def test_nothing_is_no_amount_to(site: BillingSite, rich: Customer, name: str) -> None:
    with refusal(InvalidInput) as caught:
        act(name, site, 0)

    assert faults(caught) == [("amount", RANGE)]


@pytest.mark.parametrize("name", ACTS)
def test_all_faults_are_told_at_once_by(site: BillingSite, rich: Customer, name: str) -> None:
    with refusal(InvalidInput) as caught:
        act(name, site, -1, description="", credit_type="x", reference="\x01", currency_code="x")

    assert [field for field, _ in faults(caught)] == [
        "amount",
        "description",
        "credit_type",
        "reference",
        "currency_code",
    ]


@pytest.mark.parametrize("name", ACTS)
def test_foreign_missing_and_deleted_customers_are_one_to(
    site: BillingSite, other_site: BillingSite, rich: Customer, name: str
) -> None:
    acts.create(site, "gone")
    acts.delete(site, "gone")
    answers = set()
    for where, public_id in ((other_site, "acme"), (site, "missing"), (site, "gone")):
        with refusal(NotFound) as caught:
            act(name, where, public_id=public_id)
        answers.add((caught.value.message, caught.value.param))

    assert answers == {("There is no such customer.", "")}


@pytest.mark.parametrize("name", ACTS)
def test_former_id_is_understood_by(site: BillingSite, rich: Customer, name: str) -> None:
    acts.rename(site, "acme", "apex")

    customer, _ = act(name, site)

    assert customer.public_id == "apex"


@pytest.mark.parametrize("name", ACTS)
def test_version_is_kept_to_by(site: BillingSite, rich: Customer, name: str) -> None:
    with refusal(VersionMismatch) as caught:
        act(name, site, expected_version=rich.resource_version - 1)
    assert caught.value.current == rich.resource_version

    customer, _ = act(name, site, expected_version=rich.resource_version)

    assert customer.resource_version > rich.resource_version


@pytest.mark.parametrize("name", ACTS)
def test_receiver_that_raises_undoes(site: BillingSite, rich: Customer, name: str) -> None:
    with rows_stay(), heard(raising=True), pytest.raises(ReceiverFailed):
        act(name, site)


def undo(site: BillingSite, public_id: str, description: str = "A mistake") -> Any:
    return reverse_promotional_credits(site=site, public_id=public_id, description=description, actor=ME, at=acts.LATER)


@pytest.mark.parametrize(("name", "signal"), [("add", "deducted"), ("deduct", "added")])
def test_mistake_is_reversed(site: BillingSite, rich: Customer, name: str, signal: str) -> None:
    _, entry = act(name, site)

    with heard() as said:
        customer, reversal = undo(site, entry.public_id)

    assert (reversal.reverses_id, reversal.delta, reversal.description) == (entry.pk, -entry.delta, "A mistake")
    assert [each for each, _ in said] == [f"promotional_credits_{signal}"]
    assert amounts(rich) == {"USD": 1000}
    assert acts.stored(rich).resource_version == customer.resource_version > rich.resource_version


def test_mistake_is_reversed_once(site: BillingSite, rich: Customer) -> None:
    _, entry = act("add", site)
    undo(site, entry.public_id)

    with refusal(InvalidState):
        undo(site, entry.public_id)


def test_what_an_invoice_used_is_not_reversed(site: BillingSite, rich: Customer) -> None:
    create_invoice(
        site=site, customer_public_id="acme", total=300, apply_credits=True, public_id="inv_1", at=acts.LATER
    )
    entry = LedgerEntry.objects.get(delta=-300)

    with refusal(InvalidState) as caught:
        undo(site, entry.public_id)

    assert caught.value.message == "The entry was made for invoice:inv_1, and stays with it."


def test_foreign_missing_and_deleted_entries_are_not_reversed(
    site: BillingSite, other_site: BillingSite, rich: Customer
) -> None:
    _, entry = act("add", site)
    acts.create(site, "gone")
    _, of_deleted = act("add", site, public_id="gone")
    acts.delete(site, "gone")
    acts.create(site, "gone")
    answers = set()
    for where, public_id in ((other_site, entry.public_id), (site, "pc_none"), (site, of_deleted.public_id)):
        with refusal(NotFound) as caught:
            undo(where, public_id)
        answers.add(caught.value.message)

    assert answers == {"There is no such entry."}


def test_reversal_needs_a_description(site: BillingSite, rich: Customer) -> None:
    _, entry = act("add", site)

    with refusal(InvalidInput) as caught:
        undo(site, entry.public_id, "")

    assert faults(caught) == [("description", "Is required.")]
