"""Who receives which mail about a customer, and why. Contract: "Link a customer", ``send_*_emails``; "Add contacts"."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Contact, Customer
from billing_customers.operations.access import AccessSettings
from billing_customers.operations.sites import update_site
from billing_customers.queries.recipients import MAILS, Mail, Reason, Recipient, recipients_of
from tests.operations import acts
from tests.operations.families import link, owned, people

CHILD, PARENT = "child_account_access", "parent_account_access"
OWN = Reason("customer", "The e-mail address of the customer.", True, "shop")


@pytest.fixture
def shop(site: BillingSite) -> Customer:
    return acts.create(site, "shop", email="shop@example.com")


@pytest.fixture
def hq(site: BillingSite) -> Customer:
    return acts.create(site, "hq", email="hq@example.com")


def told(site: BillingSite, mail: Mail, public_id: str = "shop") -> list[Recipient]:
    found = recipients_of(site, public_id)
    assert found is not None
    return [each for each in found if each.mail == mail]


def receivers(site: BillingSite, public_id: str = "shop") -> dict[str, list[str | None]]:
    """The addresses that get each mail."""
    return {mail: [each.email for each in told(site, mail, public_id) if each.receives] for mail in MAILS}


def codes(site: BillingSite, mail: Mail) -> list[tuple[str | None, bool, list[str]]]:
    return [(each.email, each.receives, [reason.code for reason in each.reasons]) for each in told(site, mail)]


def a_contact(site: BillingSite, name: str, **said: Any) -> None:
    acts.add_contact(site, "shop", id=name, **{"email": f"{name}@example.com", "enabled": True, **said})


@pytest.mark.parametrize("mail", MAILS)
def test_customer_by_itself_gets_everything(site: BillingSite, shop: Customer, mail: Mail) -> None:
    assert told(site, mail) == [Recipient(mail, "shop@example.com", True, (OWN,))]


@pytest.mark.parametrize("mail", MAILS)
def test_customer_without_an_address_gets_nothing(site: BillingSite, mail: Mail) -> None:
    people(site, "shop")

    reason = Reason("no_email", "The customer has no e-mail address.", False, "shop")
    assert told(site, mail) == [Recipient(mail, None, False, (reason,))]


@pytest.mark.parametrize(
    ("flag", "gets"),
    [
        ({"send_billing_email": True}, ["invoice", "payment"]),
        ({"send_account_email": True}, ["subscription"]),
        ({"send_billing_email": True, "send_account_email": True}, ["subscription", "invoice", "payment"]),
        ({}, []),
    ],
)
def test_contact_gets_what_its_flags_let_through(
    site: BillingSite, shop: Customer, flag: dict[str, bool], gets: list[str]
) -> None:
    a_contact(site, "jane", **flag)

    assert [mail for mail, addresses in receivers(site).items() if "jane@example.com" in addresses] == gets


@pytest.mark.parametrize(
    ("said", "mail", "expected"),
    [
        (
            {"send_billing_email": True},
            "invoice",
            Reason("contact", "An enabled contact with send_billing_email=true.", True, "shop", "jane"),
        ),
        (
            {"send_account_email": True},
            "subscription",
            Reason("contact", "An enabled contact with send_account_email=true.", True, "shop", "jane"),
        ),
        ({}, "payment", Reason("flag_off", "The contact has send_billing_email=false.", False, "shop", "jane")),
        (
            {"send_billing_email": True},
            "subscription",
            Reason("flag_off", "The contact has send_account_email=false.", False, "shop", "jane"),
        ),
        (
            {"enabled": False, "send_billing_email": True},
            "invoice",
            Reason("contact_disabled", "The contact is disabled.", False, "shop", "jane"),
        ),
    ],
)
def test_reason_of_a_contact(
    site: BillingSite, shop: Customer, said: dict[str, Any], mail: Mail, expected: Reason
) -> None:
    a_contact(site, "jane", **said)

    assert told(site, mail)[1] == Recipient(mail, "jane@example.com", expected.sends, (expected,))


@pytest.mark.parametrize(("mail", "hq_gets"), [("subscription", False), ("invoice", True), ("payment", True)])
def test_account_above_gets_what_the_sites_settings_say(
    site: BillingSite, shop: Customer, hq: Customer, mail: Mail, hq_gets: bool
) -> None:
    owned(site, "shop", "hq", invoiced="shop", pays="hq")

    customer, above = told(site, mail)

    assert (customer.email, customer.receives, customer.reasons) == ("shop@example.com", True, (OWN,))
    assert (above.email, above.receives) == ("hq@example.com", hq_gets)


def test_reasons_of_the_account_above(site: BillingSite, shop: Customer, hq: Customer) -> None:
    owned(site, "shop", "hq", invoiced="shop", pays="hq")

    assert told(site, "invoice")[1].reasons == (
        Reason(
            "account_above",
            f"The account that pays: the site's settings have {PARENT}[send_invoice_emails]=true.",
            True,
            "hq",
        ),
    )
    assert told(site, "subscription")[1].reasons == (
        Reason(
            "switched_off",
            "The account that pays gets no subscription mail: the site's settings have "
            f"{PARENT}[send_subscription_emails]=false.",
            False,
            "hq",
        ),
    )


def test_account_above_without_an_address(site: BillingSite, shop: Customer) -> None:
    people(site, "hq")
    link(site, "shop", "hq")

    assert told(site, "invoice")[1] == Recipient(
        "invoice", None, False, (Reason("no_email", "The parent has no e-mail address.", False, "hq"),)
    )


@pytest.mark.parametrize(("pays", "address"), [("shop", "north@example.com"), ("hq", "hq@example.com")])
def test_mail_goes_to_the_payer_or_else_the_parent(
    site: BillingSite, shop: Customer, hq: Customer, pays: str, address: str
) -> None:
    acts.create(site, "north", email="north@example.com")
    link(site, "north", "hq")
    owned(site, "shop", "north", invoiced="shop", pays=pays)

    assert receivers(site)["invoice"] == ["shop@example.com", address]


def test_switch_of_the_child_holds_for_its_contacts_too(site: BillingSite, shop: Customer, hq: Customer) -> None:
    a_contact(site, "jane", send_billing_email=True)
    own = AccessSettings(uses_default=False, child_account_access={"send_invoice_emails": False})
    link(site, "shop", "hq", access=own)

    assert receivers(site) == {
        "subscription": ["shop@example.com"],
        "invoice": ["hq@example.com"],
        "payment": ["shop@example.com", "jane@example.com", "hq@example.com"],
    }
    assert [reason.message for each in told(site, "invoice")[:2] for reason in each.reasons] == [
        f"Gets no invoice mail: the customer's own settings have {CHILD}[send_invoice_emails]=false."
    ] * 2


def test_switch_of_the_parent(site: BillingSite, shop: Customer, hq: Customer) -> None:
    own = AccessSettings(
        uses_default=False,
        parent_account_access={"send_subscription_emails": True, "send_payment_emails": False},
    )
    link(site, "shop", "hq", access=own)

    assert {mail: "hq@example.com" in addresses for mail, addresses in receivers(site).items()} == {
        "subscription": True,
        "invoice": True,
        "payment": False,
    }


def test_default_of_the_site_is_that_of_today(site: BillingSite, shop: Customer, hq: Customer) -> None:
    link(site, "shop", "hq")
    changed = update_site(site=site, parent_account_access={"send_subscription_emails": True})

    assert receivers(changed)["subscription"] == ["shop@example.com", "hq@example.com"]


def test_one_address_is_one_mail_with_each_reason(site: BillingSite, shop: Customer) -> None:
    acts.create(site, "hq", email="Shop@Example.com")
    a_contact(site, "jane", email="SHOP@example.com", send_billing_email=True)
    link(site, "shop", "hq")

    assert codes(site, "payment") == [("shop@example.com", True, ["customer", "contact", "account_above"])]
    # Who is refused by one reason and reached by another gets it.
    assert codes(site, "subscription") == [("shop@example.com", True, ["customer", "flag_off", "switched_off"])]


def test_those_without_an_address_are_told_one_by_one(site: BillingSite) -> None:
    people(site, "shop hq")
    link(site, "shop", "hq")

    assert codes(site, "invoice") == [(None, False, ["no_email"]), (None, False, ["no_email"])]


def test_contacts_of_others_get_nothing(site: BillingSite, shop: Customer, hq: Customer) -> None:
    acts.add_contact(site, "hq", id="boss", email="boss@example.com", enabled=True, send_billing_email=True)
    link(site, "shop", "hq")

    assert receivers(site)["invoice"] == ["shop@example.com", "hq@example.com"]


@pytest.mark.parametrize("public_id", ["nobody", "shop"])
def test_missing_and_foreign_customers_have_none(shop: Customer, other_site: BillingSite, public_id: str) -> None:
    assert recipients_of(other_site, public_id) is None


def test_tombstone_has_none(site: BillingSite, shop: Customer) -> None:
    acts.delete(site, "shop")

    assert recipients_of(site, "shop") is None


@pytest.mark.parametrize("contacts", [0, 10])
def test_queries_are_as_many_whatever_there_is(
    site: BillingSite, shop: Customer, hq: Customer, django_assert_num_queries: Any, contacts: int
) -> None:
    link(site, "shop", "hq")
    for number in range(contacts):
        a_contact(site, f"c{number}")

    with django_assert_num_queries(2):
        recipients_of(site, "shop")


def test_contact_whose_address_is_gone(site: BillingSite, shop: Customer) -> None:
    a_contact(site, "jane", send_billing_email=True)
    Contact.objects.update(email="")

    reason = Reason("no_email", "The contact has no e-mail address.", False, "shop", "jane")
    assert told(site, "invoice")[1] == Recipient("invoice", None, False, (reason,))
