"""Clearing of personal data by staff: with a permission of its own, after a question that wants the id typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from billing_customers.models import Customer, ErasureCertificate, Job
from billing_customers.operations.deletion import delete_customer
from billing_customers.operations.documents import create_subscription
from billing_customers.work.jobs import run_due
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN, filled_in
from tests.fixtures import NOW

LIST = f"{ADMIN}/customer/"


def act(client: Client, *customers: Customer, **said: Any) -> Any:
    ticked = [str(customer.pk) for customer in customers]
    return client.post(LIST, {"action": "clear_personal_data", "_selected_action": ticked, **said}, follow=True)


def confirm(client: Client, customer: Customer, typed: str = "dana") -> Any:
    return act(client, customer, confirmed="x", typed_id=typed, on_page="1")


def run_jobs() -> None:
    while run_due(clock=lambda: NOW.replace(year=NOW.year + 50)):
        pass


def state(customer: Customer) -> str:
    return Customer.objects.get(pk=customer.pk).pii_cleared


def test_page_says_what_will_be_cleared_and_wants_the_id(root: Client, dana: Customer) -> None:
    page = act(root, dana).content.decode()

    assert "Type the id of the customer" in page
    assert "Ids, amounts, dates and currencies stay." in page
    assert "This cannot be undone." in page
    assert (state(dana), Job.objects.count()) == ("active", 0)


def test_typed_id_schedules_it(root: Client, dana: Customer) -> None:
    answer = confirm(root, dana)

    assert state(dana) == "scheduled_for_clear"
    assert [str(each) for each in answer.context["messages"]] == [
        "The personal data of dana will be cleared as soon as a worker is free."
    ]
    assert LogEntry.objects.get().change_message == "Clearing of the personal data was scheduled."
    assert answer.redirect_chain[-1][0] == f"{LIST}{dana.pk}/change/"


@pytest.mark.parametrize("typed", ["", "Dana", "dana ", "other"])
def test_other_id_changes_nothing(root: Client, dana: Customer, typed: str) -> None:
    answer = confirm(root, dana, typed)

    assert answer.context["question"].form.errors
    assert (state(dana), Job.objects.count(), LogEntry.objects.count()) == ("active", 0, 0)


def test_refusal_is_told(root: Client, dana: Customer) -> None:
    create_subscription(site=dana.site, customer_public_id="dana", status="active", public_id="s", at=NOW)  # type: ignore[arg-type]

    answer = confirm(root, dana)

    assert [str(each) for each in answer.context["messages"]] == [
        "dana: The customer has a subscription that is active, trialing or past due."
    ]
    assert (state(dana), Job.objects.count(), LogEntry.objects.count()) == ("active", 0, 0)


def test_several_at_once_are_refused(root: Client, dana: Customer) -> None:
    other = Customer.objects.get(pk=dana.pk)
    other.pk, other.public_id = None, "other"
    other.save(force_insert=True)

    act(root, dana, other, confirmed="x", typed_id="dana")

    assert (state(dana), state(other)) == ("active", "active")


def test_tombstone_is_cleared_too(root: Client, dana: Customer) -> None:
    delete_customer(site=dana.site, public_id="dana", at=NOW)

    confirm(root, Customer.objects.get(pk=dana.pk))
    run_jobs()

    assert state(dana) == "cleared"


def test_permission_is_one_of_its_own(staff: StaffClient, dana: Customer) -> None:
    changer = staff("view_customer", "change_customer", "delete_customer")
    eraser = staff("view_customer", "erase_customer")
    page = f"{LIST}{dana.pk}/change/"

    assert b"clear_personal_data" not in changer.get(page).content
    assert b"clear_personal_data" in eraser.get(page).content
    confirm(changer, dana)
    assert state(dana) == "active"
    confirm(eraser, dana)
    assert state(dana) == "scheduled_for_clear"


def test_page_of_a_closed_customer_can_only_be_read(root: Client, dana: Customer) -> None:
    typed = filled_in(root, f"{LIST}{dana.pk}/change/", company="Acme")
    confirm(root, dana)

    shown, posted = root.get(f"{LIST}{dana.pk}/change/"), root.post(f"{LIST}{dana.pk}/change/", typed)

    assert (shown.status_code, posted.status_code) == (200, 403)
    assert 'name="_save"' not in shown.content.decode()
    assert Customer.objects.get().company is None


def test_log_says_nothing_of_the_customer_afterwards(root: Client, dana: Customer) -> None:
    confirm(root, dana)
    run_jobs()

    assert list(LogEntry.objects.values_list("change_message", "object_repr")) == [("", "dana")]


def test_certificate_can_be_read(root: Client, staff: StaffClient, dana: Customer) -> None:
    confirm(root, dana)
    run_jobs()
    certificate = ErasureCertificate.objects.get()
    page = f"{ADMIN}/erasurecertificate/{certificate.pk}/change/"

    shown, changed = root.get(page), root.post(page, {"digest": "x"})

    assert certificate.digest in shown.content.decode()
    assert changed.status_code == 403
    assert page.encode() in root.get(f"{LIST}{dana.pk}/change/").content
    assert root.get(f"{ADMIN}/erasurecertificate/").status_code == 200
    assert root.get(f"{ADMIN}/erasurecertificate/add/").status_code == 403
    assert staff("view_customer").get(page).status_code == 403


def test_what_was_cleared_already_is_told(root: Client, dana: Customer) -> None:
    confirm(root, dana)
    run_jobs()

    answer = confirm(root, dana)

    assert [str(each) for each in answer.context["messages"]] == ["The personal data was cleared already."]
    assert b"clear_personal_data" not in root.get(f"{LIST}{dana.pk}/change/").content
