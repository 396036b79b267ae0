"""Offsets are signed: whoever changes one, or takes one from elsewhere, gets nowhere."""

from __future__ import annotations

import random
import re
import string
from typing import Any

import pytest
from django.core import signing

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer
from tests.clients import ChargebeeClient
from tests.dialects.clock import START
from tests.dialects.expected import wrong_value

pytestmark = pytest.mark.usefixtures("clock")

REFUSAL = wrong_value("offset", "Must be the next_offset of the same list.")
ALPHABET = string.ascii_letters + string.digits + "-_.:=+/%\x7f\u05d0 "


@pytest.fixture
def offset(chargebee: ChargebeeClient, site: BillingSite) -> str:
    for public_id in ("a1", "b2"):
        create_customer(site=site, public_id=public_id, attributes={}, at=START)
    token: str = chargebee.get("/customers", {"limit": "1"}).json()["next_offset"]
    return token


def tampered(token: str, chance: random.Random) -> str:
    """``token`` with one thing wrong with it."""
    place = chance.randrange(len(token))
    char = chance.choice([each for each in ALPHABET if each != token[place]])
    kinds = (
        token[:place] + char + token[place + 1 :],
        token[:place] + token[place + 1 :],
        token[:place] + char + token[place:],
        token[:place] or "x",
        token + char,
        token.swapcase(),
        token[::-1],
        token + token,
        ".".join(token.split(".")[::-1]),
    )
    return chance.choice(kinds)


def test_the_offset_is_good_for_its_list(chargebee: ChargebeeClient, offset: str) -> None:
    page = chargebee.get("/customers", {"offset": offset}).json()["list"]

    assert [each["customer"]["id"] for each in page] == ["b2"]


def test_none_of_1000_altered_offsets_is_taken(chargebee: ChargebeeClient, offset: str) -> None:
    chance = random.Random(7)
    tokens = [tampered(offset, chance) for _ in range(1_000)]

    answers = [chargebee.get("/customers", {"offset": token}) for token in tokens if token != offset]

    assert len(answers) > 990
    assert {answer.status_code for answer in answers} == {400}
    assert all(answer.json() == REFUSAL for answer in answers)


def test_an_offset_of_another_site_is_refused(chargebee: ChargebeeClient, offset: str, other_site: BillingSite) -> None:
    theirs = ChargebeeClient(create_api_key(site=other_site, scopes=["write"], at=START)[1])

    response = theirs.get("/customers", {"offset": offset})

    assert response.status_code == 400
    assert response.json() == REFUSAL


def test_an_offset_of_a_list_of_contacts_is_refused(chargebee: ChargebeeClient, offset: str, site: BillingSite) -> None:
    for name in ("j1", "j2"):
        add_contact(site=site, public_id="a1", attributes={"id": name, "email": "j@x.co"}, at=START)
    contacts = chargebee.get("/customers/a1/contacts", {"limit": "1"}).json()["next_offset"]

    answers = [
        chargebee.get("/customers", {"offset": contacts}),
        chargebee.get("/customers/a1/contacts", {"offset": offset}),
    ]

    assert [answer.json() for answer in answers] == [REFUSAL, REFUSAL]


@pytest.mark.parametrize("payload", [[], ["x", 1, 2], {"a": 1}, "x", 7, None, ["x", "y", "z"]])
def test_what_the_same_secret_signed_for_another_purpose_is_refused(
    chargebee: ChargebeeClient, offset: str, payload: Any
) -> None:
    tokens = [signing.Signer(salt=salt, sep=".").sign_object(payload) for salt in ("x", "django.core.signing.Signer")]

    answers = [chargebee.get("/customers", {"offset": token}).json() for token in tokens]

    assert answers == [REFUSAL, REFUSAL]


def test_an_offset_tells_nothing_of_the_customer_it_points_at(chargebee: ChargebeeClient, offset: str) -> None:
    payload = signing.b64_decode(offset.rpartition(".")[0].encode())

    # What it is good for, as a digest; a time; a number.
    assert re.fullmatch(rb'\["[0-9a-f]{24}",1517505731000000,[0-9]+\]', payload)
