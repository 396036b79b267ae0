"""What customers pay with costs the same statements, however many of them there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from billing_customers.actors import Actor
from billing_customers.choices import Bucket, PaymentRole
from billing_customers.models import BillingSite, Customer, PaymentSource
from billing_customers.operations import ledger, locks
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.payment_sources import new_source
from tests.clients import ChargebeeClient, ChingClient
from tests.factories import many_customers
from tests.fixtures import NOW
from tests.operations import acts, paying
from tests.performance.conftest import KEY, Sends

CUSTOMERS = ("SELECT customer", "SELECT contact", "SELECT paymentsource", "SELECT balance")


def customers_with_all(site: BillingSite, count: int) -> None:
    """As many customers with a contact, a card and balances in two currencies each."""
    for number in range(count):
        name = f"c{number}"
        acts.create(site, name)
        add_contact(site=site, public_id=name, attributes={"email": "contact@example.com"}, at=NOW)
        paying.attach(site, name, reference=f"tok_{number}", role=PaymentRole.PRIMARY)
        with transaction.atomic():
            customer = locks.lock_customer(site, name)
            for currency in ("USD", "EUR"):
                ledger.move(
                    site=site,
                    customer=customer,
                    currency=currency,
                    bucket=Bucket.PROMOTIONAL_CREDITS,
                    delta=5,
                    actor=Actor("api"),
                    at=NOW,
                )


@pytest.mark.parametrize("count", [1, 100])
def test_chargebees_list_is_four_queries(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends, count: int
) -> None:
    customers_with_all(site, count)
    with sends(KEY, *CUSTOMERS):
        listed = chargebee.get("/customers", {"limit": "100"}).json()["list"]
    assert [(each["card"]["last4"], len(each["customer"]["balances"])) for each in listed] == [("1881", 2)] * count


def test_chargebees_customer_is_four_queries(site: BillingSite, chargebee: ChargebeeClient, sends: Sends) -> None:
    customers_with_all(site, 1)
    with sends(KEY, *CUSTOMERS):
        assert chargebee.get("/customers/c0").status_code == 200


@pytest.mark.parametrize("count", [1, 100])
def test_chings_list_is_one_query(site: BillingSite, ching: ChingClient, sends: Sends, count: int) -> None:
    customers_with_all(site, count)
    with sends(KEY, "SELECT customer"):
        listed = ching.get("/customers").json()["data"]
    assert None not in [each["default_payment_method"] for each in listed]


@pytest.mark.parametrize("count", [1, 100])
def test_chargebees_list_of_sources_is_one_query(
    site: BillingSite, chargebee: ChargebeeClient, sends: Sends, count: int
) -> None:
    customers_with_all(site, count)
    with sends(KEY, "SELECT paymentsource"):
        listed = chargebee.get("/payment_sources", {"limit": "100"}).json()["list"]
    assert len(listed) == count


def test_chargebees_source_is_one_query(site: BillingSite, chargebee: ChargebeeClient, sends: Sends) -> None:
    acts.create(site)
    source = paying.attach(site)
    with sends(KEY, "SELECT paymentsource"):
        assert chargebee.get(f"/payment_sources/{source.public_id}").status_code == 200


@pytest.mark.parametrize("count", [1, 10])
def test_chings_list_of_methods_is_two_queries(site: BillingSite, ching: ChingClient, sends: Sends, count: int) -> None:
    acts.create(site)
    for number in range(count):
        paying.attach(site, reference=f"tok_{number}")
    with sends(KEY, "SELECT customer", "SELECT paymentsource"):
        assert len(ching.get("/customers/acme/payment_methods").json()["data"]) == count


def test_chings_method_is_one_query(site: BillingSite, ching: ChingClient, sends: Sends) -> None:
    acts.create(site)
    source = paying.attach(site)
    with sends(KEY, "SELECT paymentsource"):
        assert ching.get(f"/payment_methods/{source.public_id}").status_code == 200


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("ORDER BY created_at, id LIMIT 11", "bc_source_created"),
        ("ORDER BY updated_at DESC, id DESC LIMIT 11", "bc_source_updated"),
        ("AND customer_id = {customer} ORDER BY created_at DESC, id DESC LIMIT 11", "bc_source_customer"),
        ("AND public_id IN ('pm_1', 'pm_2')", "bc_source_public_id"),
    ],
)
def test_a_look_up_takes_its_index(site: BillingSite, condition: str, index: str) -> None:
    customers = many_customers(200, site=site)
    many_sources(site, customers, 25)
    selected = condition.format(customer=customers[100].pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_customers_paymentsource")
        cursor.execute(f"EXPLAIN SELECT id FROM billing_customers_paymentsource WHERE site_id = {site.pk} {selected}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan


def many_sources(site: BillingSite, customers: list[Customer], count: int) -> None:
    """``count`` sources of each customer, in one statement."""
    template = new_source(site=site, customer=customers[0], prepared=paying.prepared(site), at=NOW)
    columns = {name: value for name, value in vars(template).items() if name not in {"_state", "id"}}
    rows = []
    for place in range(count * len(customers)):
        made_at = NOW + timedelta(seconds=place)
        own = {
            "public_id": f"pm_{place}",
            "customer_id": customers[place % len(customers)].pk,
            "created_at": made_at,
            "updated_at": made_at,
        }
        rows.append(PaymentSource(**{**columns, **own}))
    PaymentSource.objects.bulk_create(rows)
