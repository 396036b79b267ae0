"""The statements of each write, named. Those that end a transaction count too: each is a trip to the database."""

from __future__ import annotations

import pytest
from django.db import connection

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer
from tests.clients import ChargebeeClient, ChingClient
from tests.fixtures import NOW
from tests.performance.conftest import BEGIN, COMMIT, KEY, LOCK, Sends

SELECT = "SELECT customer"
_WANTING = "SELECT webhookendpoint"
# On MariaDB the recorders of a site queue at its clock.
_RECORD = ("UPDATE eventclock", "INSERT event") if connection.vendor == "mysql" else ("INSERT event",)
# A change and its event; a customer with contacts has them in the event.
INSERT = ("INSERT customer", _WANTING, *_RECORD)
UPDATE = ("UPDATE customer", _WANTING, *_RECORD)
UPDATE_WITH_CONTACTS = ("UPDATE customer", _WANTING, "SELECT contact", *_RECORD)


@pytest.fixture
def customer(site: BillingSite) -> Customer:
    """The customer ``c0`` with the contact ``p0``."""
    create_customer(site=site, public_id="c0", attributes={"email": "john@test.com"}, at=NOW)
    return add_contact(site=site, public_id="c0", attributes={"id": "p0", "email": "jane@test.com"}, at=NOW)


def test_chings_create_is_one_insert(ching: ChingClient, sends: Sends) -> None:
    with sends(KEY, BEGIN, *INSERT, COMMIT):
        assert ching.post("/customers", {"name": "John Doe", "email": "john@test.com"}).status_code == 200


def test_chargebees_create_is_one_insert(chargebee: ChargebeeClient, sends: Sends) -> None:
    with sends(KEY, BEGIN, *INSERT, COMMIT):
        assert chargebee.post("/customers", {"billing_address[city]": "Walnut"}).status_code == 200


def test_a_create_with_the_callers_id_asks_the_former_ids_too(chargebee: ChargebeeClient, sends: Sends) -> None:
    with sends(KEY, BEGIN, INSERT[0], "SELECT customeralias", *INSERT[1:], COMMIT):
        assert chargebee.post("/customers", {"id": "c0"}).status_code == 200


def test_a_create_under_an_idempotency_key_is_three_statements_more(ching: ChingClient, sends: Sends) -> None:
    claim = (BEGIN, "INSERT idempotencyrecord", COMMIT)
    effect = (BEGIN, BEGIN, *INSERT, COMMIT, "UPDATE idempotencyrecord", COMMIT)
    with sends(KEY, *claim, *effect):
        answer = ching.post("/customers", {"name": "John"}, **{"Idempotency-Key": "k1"})
    assert answer.status_code == 200


def test_a_refused_create_reaches_no_table(ching: ChingClient, sends: Sends) -> None:
    with sends(KEY):
        assert ching.post("/customers", {"name": "John", "email": "not an address"}).status_code == 400
    assert Customer.objects.count() == 0


def test_chings_update_reads_and_writes_once(customer: Customer, ching: ChingClient, sends: Sends) -> None:
    with sends(KEY, BEGIN, SELECT, *UPDATE_WITH_CONTACTS, COMMIT):
        assert ching.post("/customers/c0", {"name": "Jane", "metadata": {"a": 1}}).status_code == 200


def test_chargebees_update_reads_the_contacts_for_its_answer(
    customer: Customer, chargebee: ChargebeeClient, sends: Sends
) -> None:
    with sends(KEY, BEGIN, SELECT, *UPDATE_WITH_CONTACTS, COMMIT, "SELECT contact"):
        assert chargebee.post("/customers/c0", {"first_name": "Jane"}).status_code == 200


def test_an_update_that_changes_nothing_writes_nothing(customer: Customer, ching: ChingClient, sends: Sends) -> None:
    with sends(KEY, BEGIN, SELECT, COMMIT):
        assert ching.post("/customers/c0", {"email": "john@test.com"}).status_code == 200


def test_the_billing_info_is_an_update(customer: Customer, chargebee: ChargebeeClient, sends: Sends) -> None:
    with sends(KEY, BEGIN, SELECT, *UPDATE_WITH_CONTACTS, COMMIT, "SELECT contact"):
        answer = chargebee.post("/customers/c0/update_billing_info", {"billing_address[city]": "Walnut"})
    assert answer.status_code == 200


def test_an_upsert_that_finds_nobody_inserts(ching: ChingClient, sends: Sends) -> None:
    body = {"identifyBy": "email", "email": "john@test.com", "name": "John"}
    with sends(KEY, BEGIN, LOCK, SELECT, *INSERT, COMMIT):
        assert ching.post("/customers/upsert", body).json()["action"] == "created"


def test_an_upsert_that_finds_a_customer_updates(customer: Customer, ching: ChingClient, sends: Sends) -> None:
    body = {"identifyBy": "email", "email": "john@test.com", "name": "John"}
    with sends(KEY, BEGIN, LOCK, SELECT, *UPDATE_WITH_CONTACTS, COMMIT):
        assert ching.post("/customers/upsert", body).json()["action"] == "updated"


def test_a_deletion_reads_and_writes_once(customer: Customer, ching: ChingClient, sends: Sends) -> None:
    # What could keep it, and what it pays with; the key of live subscriptions is checked behind a savepoint.
    ties = ("SELECT invoice", "SELECT creditnote")
    looks = ("SELECT subscription", "SELECT transaction", *ties, "SELECT paymentsource")
    update, *event = UPDATE_WITH_CONTACTS
    with sends(KEY, BEGIN, SELECT, *looks, BEGIN, update, COMMIT, *event, COMMIT):
        assert ching.delete("/customers/c0").json()["data"]["deleted"] is True


def test_a_contact_is_added_with_one_insert(customer: Customer, chargebee: ChargebeeClient, sends: Sends) -> None:
    insert = (BEGIN, "INSERT contact", COMMIT)
    with sends(KEY, BEGIN, SELECT, *insert, *UPDATE_WITH_CONTACTS, COMMIT, "SELECT contact"):
        answer = chargebee.post("/customers/c0/add_contact", {"contact[email]": "new@test.com"})
    assert answer.status_code == 200


def test_a_contact_is_changed_with_one_update(customer: Customer, chargebee: ChargebeeClient, sends: Sends) -> None:
    change = ("SELECT contact", "UPDATE contact", *UPDATE_WITH_CONTACTS)
    with sends(KEY, BEGIN, SELECT, *change, COMMIT, "SELECT contact"):
        answer = chargebee.post("/customers/c0/update_contact", {"contact[id]": "p0", "contact[label]": "owner"})
    assert answer.status_code == 200


def test_the_last_contact_is_removed_with_one_delete(
    customer: Customer, chargebee: ChargebeeClient, sends: Sends
) -> None:
    with sends(KEY, BEGIN, SELECT, "SELECT contact", "DELETE contact", *UPDATE, COMMIT):
        answer = chargebee.post("/customers/c0/delete_contact", {"contact[id]": "p0"})
    assert answer.status_code == 200
