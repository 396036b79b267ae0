"""Texts of customers: their lengths, their characters, their type."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, Customer
from tests.operations import acts
from tests.operations.watching import faults, refusal

LIMITS = {
    "name": 250,
    "first_name": 150,
    "last_name": 150,
    "company": 250,
    "phone": 50,
    "locale": 50,
    "created_from_ip": 50,
    "tax_id": 50,
    "exempt_number": 100,
    "invoice_notes": 2000,
}
ADDRESS_LIMITS = {
    "first_name": 150,
    "last_name": 150,
    "company": 250,
    "phone": 50,
    "line1": 150,
    "line2": 150,
    "line3": 150,
    "city": 50,
    "state_code": 50,
    "state": 50,
    "zip": 20,
}
CONTACT_LIMITS = {"id": 150, "first_name": 150, "last_name": 150, "phone": 50, "label": 50}

SINGLE_LINE = [name for name in LIMITS if name != "invoice_notes"]
NO_TEXTS = [1, 1.5, True, ["a"], {"a": "b"}, b"a"]


@pytest.mark.parametrize(("attribute", "limit"), LIMITS.items())
@pytest.mark.parametrize("character", ["x", "\u05d0", "\U0001f600"])
def test_longest_text_is_stored(site: BillingSite, acme: Customer, attribute: str, limit: int, character: str) -> None:
    acts.update(site, **{attribute: character * limit})

    assert getattr(acts.stored(acme), attribute) == character * limit


@pytest.mark.parametrize(("attribute", "limit"), LIMITS.items())
def test_longer_text_is_refused(site: BillingSite, acme: Customer, attribute: str, limit: int) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, **{attribute: "x" * (limit + 1)})

    assert faults(caught) == [(attribute, f"Must have at most {limit} characters.")]


@pytest.mark.parametrize("attribute", [*LIMITS, "email"])
@pytest.mark.parametrize("value", NO_TEXTS, ids=repr)
def test_what_is_no_text_is_refused(site: BillingSite, acme: Customer, attribute: str, value: Any) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, **{attribute: value})

    assert faults(caught) == [(attribute, "Must be a string.")]


@pytest.mark.parametrize("attribute", SINGLE_LINE)
@pytest.mark.parametrize("character", ["\0", "\n", "\t", "\x1f", "\x7f", "\ud800"], ids=ascii)
def test_control_characters_are_refused(site: BillingSite, acme: Customer, attribute: str, character: str) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, **{attribute: f"a{character}b"})

    assert faults(caught) == [(attribute, "Must not contain control characters.")]


@pytest.mark.parametrize("character", ["\0", "\x0b", "\x0c", "\x1f", "\x7f", "\ud800"], ids=ascii)
def test_control_characters_of_notes_are_refused(site: BillingSite, acme: Customer, character: str) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, invoice_notes=f"a{character}b")

    assert faults(caught) == [("invoice_notes", "Must not contain control characters.")]


def test_notes_keep_lines_and_tabs(site: BillingSite, acme: Customer) -> None:
    acts.update(site, invoice_notes="one\r\n\ttwo\n")

    assert acts.stored(acme).invoice_notes == "one\r\n\ttwo\n"


@pytest.mark.parametrize("text", ["  Jo  ", "e\u0301", 'O\'Neil \\ "%_"', "\u202eevil", "\x85"], ids=ascii)
def test_text_is_stored_as_given(site: BillingSite, acme: Customer, text: str) -> None:
    acts.update(site, first_name=text)

    assert acts.stored(acme).first_name == text


@pytest.mark.parametrize(("part", "limit"), ADDRESS_LIMITS.items())
def test_longest_text_of_an_address_is_stored(site: BillingSite, acme: Customer, part: str, limit: int) -> None:
    acts.update(site, billing_address={part: "\U0001f600" * limit})

    assert getattr(acts.stored(acme), f"address_{part}") == "\U0001f600" * limit


@pytest.mark.parametrize(("part", "limit"), ADDRESS_LIMITS.items())
def test_longer_text_of_an_address_is_refused(site: BillingSite, acme: Customer, part: str, limit: int) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, billing_address={part: "x" * (limit + 1)})

    assert faults(caught) == [(f"billing_address.{part}", f"Must have at most {limit} characters.")]


@pytest.mark.parametrize(("part", "limit"), CONTACT_LIMITS.items())
def test_longest_text_of_a_contact_is_stored(site: BillingSite, acme: Customer, part: str, limit: int) -> None:
    acts.add_contact(site, **{"email": "c@example.com", part: "\U0001f600" * limit})

    contact = acme.contacts.get()
    assert getattr(contact, "public_id" if part == "id" else part) == "\U0001f600" * limit


@pytest.mark.parametrize(("part", "limit"), CONTACT_LIMITS.items())
def test_longer_text_of_a_contact_is_refused(site: BillingSite, acme: Customer, part: str, limit: int) -> None:
    with refusal(InvalidInput) as caught:
        acts.add_contact(site, **{"email": "c@example.com", part: "x" * (limit + 1)})

    assert faults(caught) == [(f"contact.{part}", f"Must have at most {limit} characters.")]


def test_attribute_that_does_not_exist_is_refused(site: BillingSite, acme: Customer) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, resource_version=5)

    assert faults(caught) == [("resource_version", "There is no such attribute.")]


def test_every_fault_is_told_in_the_order_of_the_attributes(site: BillingSite, acme: Customer) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(
            site,
            company=1,
            billing_address={"zip": "x" * 21, "country": "US", "state_code": "ZZ", "planet": "Mars"},
            name="x" * 251,
            net_term_days=-1,
        )

    assert faults(caught) == [
        ("company", "Must be a string."),
        ("name", "Must have at most 250 characters."),
        ("net_term_days", "Must be from 0 to 2147483647."),
        ("billing_address.zip", "Must have at most 20 characters."),
        ("billing_address.planet", "There is no such attribute."),
        ("billing_address.state_code", "Must be a state code of US."),
    ]


@pytest.mark.parametrize("value", ["4012888888881881" * 20, "secret\0value"])
def test_refusal_never_repeats_the_value(site: BillingSite, acme: Customer, value: str) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, name=value)

    assert value[:6] not in str(caught.value)
