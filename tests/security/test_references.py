"""Each parameter that names a row, with a row of another tenant: it is answered as one that nobody has."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from tests.dialects.clock import START, Clock
from tests.dialects.wire import FORM
from tests.security import three_sites, victims
from tests.security.asking import Caller, content_types
from tests.security.parameters import attribute_of, names_read, operations
from tests.security.references import ASKS, BY_FORMER_IDS, FILTERS, OTHERS, Ask, Kind
from tests.security.three_sites import FOREIGN, NOWHERE, OTHER_MODE, OTHER_SITE, OWN, former

TOLD = {(each.id, name) for each in operations().values() for name in each.references()}
ASKED = {(ask.operation, name) for ask in ASKS for name in ask.tried}
FILTERED = {(operation, attribute) for operation, attributes in FILTERS.items() for attribute in attributes}


@pytest.fixture
def caller(site: BillingSite, other_site: BillingSite, live_site: BillingSite, clock: Clock) -> Caller:
    """Of the test site of a project that has a live one, too, and beside which there is another project."""
    for each, digit in ((site, OWN), (other_site, OTHER_SITE), (live_site, OTHER_MODE)):
        three_sites.fill(each, digit)
    key = create_api_key(site=site, scopes=["write", "pii:clear"], at=START)[1]
    clock.forward(seconds=30)
    victims.mark_as_used(START)
    return Caller(key, site)


def tries(kind: Kind) -> list[object]:
    """Requests, each with the parameter that is tried and its value; customers by their former ids, too."""
    found = [(ask, name, value) for ask in ASKS if ask.kind is kind for name, value in ask.tried.items()]
    found += [(ask, name, former(value)) for ask, name, value in found if value in BY_FORMER_IDS]
    return [pytest.param(*each, id=f"{each[0].operation} {each[1]}={each[2]}") for each in found]


def test_every_parameter_that_looks_like_a_reference_is_in_a_table() -> None:
    assert {each for each in TOLD - ASKED - FILTERED if each[1] not in OTHERS} == set()


def test_tables_have_nothing_that_no_operation_takes() -> None:
    taken = {(each.id, attribute_of(name)) for each in operations().values() for name in each.query | each.body}

    assert taken >= ASKED | FILTERED
    assert set(OTHERS) == {name for _, name in TOLD - ASKED - FILTERED}


def test_nothing_is_read_that_is_not_told() -> None:
    """Else a reference could be read that no table here has to know."""
    told = {name for each in operations().values() for name in each.query | each.body}

    assert names_read() <= {name.removesuffix("[0]").removesuffix("]").rpartition("[")[2] for name in told}


@pytest.mark.parametrize(("ask", "name", "value"), tries(Kind.ROW))
def test_foreign_row_is_answered_as_one_that_nobody_has(caller: Caller, ask: Ask, name: str, value: str) -> None:
    for content_type in content_types(ask):
        own = caller.ask(ask, name, value, OWN, content_type)
        unknown = caller.ask(ask, name, value, NOWHERE, content_type)
        foreign = {who: caller.ask(ask, name, value, digit, content_type) for who, digit in FOREIGN.items()}

        assert (own.status, unknown.status // 100) == (200, 4)
        assert unknown.changed == frozenset()
        assert foreign == dict.fromkeys(FOREIGN, unknown)


@pytest.mark.parametrize(("ask", "name", "value"), tries(Kind.QUESTION))
def test_question_about_a_foreign_row_is_answered_as_one_about_nobody_s(
    caller: Caller, ask: Ask, name: str, value: str
) -> None:
    own, unknown, *foreign = (caller.ask(ask, name, value, digit, FORM) for digit in (OWN, NOWHERE, *FOREIGN.values()))

    assert (own.status, unknown.changed) == (200, frozenset())
    assert own.answer != unknown.answer
    assert foreign == [unknown] * len(FOREIGN)


@pytest.mark.parametrize(("ask", "name", "value"), tries(Kind.NAME))
def test_what_is_taken_elsewhere_is_free_here(caller: Caller, ask: Ask, name: str, value: str) -> None:
    for content_type in content_types(ask):
        own = caller.ask(ask, name, value, OWN, content_type)
        unknown = caller.ask(ask, name, value, NOWHERE, content_type)
        foreign = {who: caller.ask(ask, name, value, digit, content_type) for who, digit in FOREIGN.items()}

        assert unknown.status == 200
        assert own.answer != unknown.answer
        assert unknown.changed_elsewhere == frozenset()
        assert foreign == dict.fromkeys(FOREIGN, unknown)


@pytest.mark.parametrize(("ask", "name", "value"), tries(Kind.VAULT))
def test_what_a_gateway_keeps_is_taken_whoever_else_has_it(caller: Caller, ask: Ask, name: str, value: str) -> None:
    for content_type in content_types(ask):
        unknown = caller.ask(ask, name, value, NOWHERE, content_type)
        others = {who: caller.ask(ask, name, value, digit, content_type) for who, digit in FOREIGN.items()}

        assert (unknown.status, unknown.changed_elsewhere) == (200, frozenset())
        assert others == dict.fromkeys(FOREIGN, unknown)


@pytest.mark.parametrize("operation", FILTERS)
def test_filter_by_a_foreign_row_finds_what_one_by_nobody_s_does(caller: Caller, operation: str) -> None:
    for attribute, value in FILTERS[operation].items():
        names = operations()[operation].filters(attribute)
        assert names
        for name in names:
            text = f'["{value}"]' if name.endswith("in]") else value
            own, unknown, *foreign = (
                caller.get(operation, name, text, digit) for digit in (OWN, NOWHERE, *FOREIGN.values())
            )
            assert unknown[0] == 200
            assert own != unknown
            assert foreign == [unknown] * len(FOREIGN)
