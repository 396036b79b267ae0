"""E-mail, phone and tax id: how they are kept, and the keys they are found by."""

from __future__ import annotations

import pytest

from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, Customer
from billing_customers.operations import customers
from billing_customers.operations.sites import create_site
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import faults, refusal

# 254 characters, the most that SMTP carries.
LONGEST_EMAIL = "a" * 64 + "@" + ("b" * 61 + ".") * 3 + "com"
# As long, but its casefolded key has two letters for each sharp s.
GROWING_EMAIL = "a" * 64 + "@" + ("\u00df" * 30 + ".") * 6 + "com"
EMAIL_SENTENCE = "Must be an e-mail address, such as name@example.com."


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("dana@example.com", "dana@example.com"),
        ("Dana.Levi+Tag@Example.COM", "dana.levi+tag@example.com"),
        ("  dana@example.com ", "dana@example.com"),
        ("x@stra\u00dfe.de", "x@strasse.de"),
        ("x@cafe\u0301.fr", "x@caf\u00e9.fr"),
        (LONGEST_EMAIL, LONGEST_EMAIL),
    ],
)
def test_email_is_kept_as_given_and_found_by_its_key(site: BillingSite, acme: Customer, given: str, key: str) -> None:
    acts.update(site, email=given)

    row = acts.stored(acme)
    assert (row.email, row.email_key) == (given, key)


@pytest.mark.parametrize(
    "email", ["x", "x@", "@x.com", "a b@example.com", "a@b@c.com", " ", "a@example", "a@-x.com", "\u05d0@example.com"]
)
def test_what_is_no_email_is_refused(site: BillingSite, acme: Customer, email: str) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, email=email)

    assert faults(caught) == [("email", EMAIL_SENTENCE)]


@pytest.mark.parametrize("email", ["a" + LONGEST_EMAIL, GROWING_EMAIL])
def test_longer_email_is_refused(site: BillingSite, acme: Customer, email: str) -> None:
    with refusal(InvalidInput) as caught:
        acts.update(site, email=email)

    assert faults(caught) == [("email", "Must have at most 254 characters.")]


@pytest.mark.parametrize("owner", ["billing_address", "contact"])
def test_what_is_no_email_is_refused_elsewhere_too(site: BillingSite, acme: Customer, owner: str) -> None:
    with refusal(InvalidInput) as caught:
        if owner == "contact":
            acts.add_contact(site, email="x@")
        else:
            acts.update(site, billing_address={"email": "x@"})

    assert faults(caught) == [(f"{owner}.email", EMAIL_SENTENCE)]


@pytest.mark.parametrize(
    ("given", "e164"),
    [
        ("+972501234567", "+972501234567"),
        ("054-987-6543", "+972549876543"),
        ("00972 54 987 6543", "+972549876543"),
        ("+1 (541) 754-3010", "+15417543010"),
        ("(541) 754-3010", None),
        ("call me", None),
        ("12", None),
    ],
)
def test_phone_is_kept_as_given_and_in_e164(site: BillingSite, acme: Customer, given: str, e164: str | None) -> None:
    acts.update(site, phone=given)

    row = acts.stored(acme)
    assert (row.phone, row.phone_e164) == (given, e164)


def test_local_phone_is_read_by_the_region_of_the_site(db: None) -> None:
    american = create_site(slug="usa-test", phone_region="US", at=NOW)

    customer = acts.create(american, phone="(541) 754-3010")

    assert acts.stored(customer).phone_e164 == "+15417543010"


@pytest.mark.parametrize("phone", ["(541) 754-3010", "call me", "+", "05"])
def test_phone_that_must_be_dialable_is_refused_otherwise(site: BillingSite, acme: Customer, phone: str) -> None:
    with refusal(InvalidInput) as caught:
        customers.update_customer(
            site=site, public_id="acme", attributes={"phone": phone}, requires_dialable_phone=True, at=NOW
        )

    assert faults(caught) == [("phone", "Must be a phone number, in E.164 (+972501234567) or as dialled locally.")]


@pytest.mark.parametrize("nothing", [None, ""])
def test_phone_that_must_be_dialable_can_be_unset(site: BillingSite, nothing: str | None) -> None:
    customer = acts.create(site, phone="054-987-6543")

    customers.update_customer(
        site=site, public_id="acme", attributes={"phone": nothing}, requires_dialable_phone=True, at=NOW
    )

    row = acts.stored(customer)
    assert (row.phone, row.phone_e164) == (None, None)


@pytest.mark.parametrize(
    ("tax_id", "country", "key", "status", "evidence"),
    [
        ("de 136.695-976", None, "DE136695976", "not_validated", {"country": "DE", "verdict": "valid_syntax"}),
        ("DE136695977", None, "DE136695977", "invalid", {"country": "DE", "verdict": "invalid"}),
        ("51617/9157", "IL", "516179157", "not_validated", {"country": "IL", "verdict": "valid_syntax"}),
        ("516179158", "IL", "516179158", "invalid", {"country": "IL", "verdict": "invalid"}),
        ("516179157", None, "516179157", None, None),
        ("--", None, None, None, None),
    ],
)
def test_tax_id_has_a_key_and_a_status(
    site: BillingSite, tax_id: str, country: str | None, key: str, status: str, evidence: dict[str, str] | None
) -> None:
    customer = acts.create(site, tax_id=tax_id, billing_address={"country": country})

    row = acts.stored(customer)
    assert (row.tax_id, row.tax_id_key, row.tax_id_status) == (tax_id, key, status)
    assert row.tax_id_evidence == (evidence and {"check": "syntax", **evidence})


def test_status_of_a_tax_id_follows_the_country(site: BillingSite) -> None:
    customer = acts.create(site, tax_id="516179158")

    acts.update(site, billing_address={"country": "IL"})

    assert acts.stored(customer).tax_id_status == "invalid"


def test_status_of_a_tax_id_follows_the_number(site: BillingSite) -> None:
    customer = acts.create(site, tax_id="516179158", billing_address={"country": "IL"})

    acts.update(site, tax_id="516179157")

    assert acts.stored(customer).tax_id_status == "not_validated"


def test_validation_of_a_tax_id_outlives_other_changes(site: BillingSite) -> None:
    customer = acts.create(site, tax_id="516179157", billing_address={"country": "IL"})
    found = {"tax_id_status": "valid", "tax_id_validated_at": NOW, "tax_id_evidence": {"check": "register"}}
    Customer.objects.filter(pk=customer.pk).update(**found)

    acts.update(site, name="New", tax_id="516179157", billing_address={"country": "IL", "city": "Haifa"})

    row = vars(acts.stored(customer))
    assert {column: row[column] for column in found} == found


def test_validation_of_a_tax_id_ends_with_the_number(site: BillingSite) -> None:
    customer = acts.create(site, tax_id="516179157", billing_address={"country": "IL"})
    Customer.objects.filter(pk=customer.pk).update(tax_id_status="valid", tax_id_validated_at=NOW)

    acts.update(site, tax_id=None)

    row = acts.stored(customer)
    assert (row.tax_id_status, row.tax_id_validated_at, row.tax_id_evidence) == (None, None, None)
