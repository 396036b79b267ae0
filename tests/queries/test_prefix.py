"""The prefix look-up: letter for letter, no character special, the same on every database."""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite, Customer
from tests.factories import CustomerFactory
from tests.queries.querying import ids

# Each is looked for among all of them, so that what one means as a pattern would find the others.
ATOMS = (
    "%",
    "_",
    "\\",
    "\\%",
    "%%",
    "*",
    "?",
    "[",
    "]",
    "[a",
    "[a]",
    "[^a]",
    "[!]",
    "!",
    "!!",
    "!%",
    "!_",
    "'",
    "''",
    '"',
    "a",
    "A",
    "ab",
    "aB",
    "^",
    "-",
    ".",
    "$",
    "\u05d0",
    "\u05d0\u05d1",
    "\u00e9",
    "e\u0301",
    "E",
    "e",
    "\u00c9",
    "\u00df",
    "ss",
    "\u0130",
    "i",
    "I",
    "\U0001f600",
    "\U0001f601",
    " ",
    "  ",
    "\u00a0",
    "%s",
    "{}",
    "\ufeff",
)


@pytest.fixture
def atoms(site: BillingSite) -> BillingSite:
    """A customer for each atom alone and one for each followed by an x."""
    companies = [*ATOMS, *(atom + "x" for atom in ATOMS)]
    Customer.objects.bulk_create(
        CustomerFactory.build(site=site, public_id=f"c{number:03d}", company=company)
        for number, company in enumerate(companies)
    )
    return site


def companies(site: BillingSite, operator: str, value: str) -> list[str]:
    found = Customer.objects.filter(public_id__in=ids(site, ("company", operator, value)))
    return sorted(str(company) for company in found.values_list("company", flat=True))


@pytest.mark.parametrize("prefix", ATOMS, ids=ascii)
def test_prefix_finds_what_python_finds(atoms: BillingSite, prefix: str) -> None:
    everything = [*ATOMS, *(atom + "x" for atom in ATOMS)]

    assert companies(atoms, "starts_with", prefix) == sorted(each for each in everything if each.startswith(prefix))


@pytest.mark.parametrize("text", ATOMS, ids=ascii)
def test_equality_finds_what_python_finds(atoms: BillingSite, text: str) -> None:
    assert companies(atoms, "is", text) == [text]


@pytest.mark.parametrize("prefix", ["x" * 251, "\\" * 300, "%" * 5000, "[" * 1000], ids=lambda text: text[:3])
def test_prefix_longer_than_the_column_finds_nothing(atoms: BillingSite, prefix: str) -> None:
    assert ids(atoms, ("company", "starts_with", prefix)) == []
