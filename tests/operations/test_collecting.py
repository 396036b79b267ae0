"""A payment from end to end: what is written before the gateway is called, and each of its answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from billing_customers.actors import Actor
from billing_customers.choices import Bucket
from billing_customers.exceptions import (
    InvalidInput,
    InvalidState,
    NotFound,
    PaymentFailed,
    PaymentSourceMissing,
    PaymentUncertain,
    VersionMismatch,
)
from billing_customers.models import BillingSite, Customer, GatewayAccount, Job, PaymentSource, Transaction
from billing_customers.operations import collecting, reconciling
from billing_customers.operations.gateway_accounts import disable_gateway_account
from billing_customers.operations.payment_sources import assign_payment_role, delete_payment_source
from tests.operations import acts
from tests.operations import collecting as pay
from tests.operations.collecting import (
    LATER,
    a_source,
    an_invoice,
    charges,
    collect,
    collection,
    columns,
    hearing,
    held,
    names,
    of_invoice,
    used,
    version_of,
)
from tests.operations.money import amounts
from tests.operations.watching import refusal


@pytest.fixture
def payer(site: BillingSite, acme: Customer) -> Customer:
    """A customer with an invoice over 1000 and nothing to pay it with."""
    an_invoice(site, 1000)
    return acme


@pytest.fixture
def begun(site: BillingSite, payer: Customer) -> Transaction:
    """An attempt that is written and not charged yet."""
    a_source(site)
    return collecting.begin_collection(
        site=site, customer_public_id="acme", collection=collection(amount=1100), at=LATER
    )[0]


def test_attempt_is_written_before_the_gateway_is_called(
    site: BillingSite, payer: Customer, begun: Transaction
) -> None:
    source = PaymentSource.objects.get()
    row = Transaction.objects.values().get()
    assert row == {
        "id": begun.pk,
        "site_id": site.pk,
        "customer_id": payer.pk,
        "public_id": begun.public_id,
        "type": "payment",
        "status": "in_progress",
        "payment_method": "card",
        "amount": 1100,
        "amount_unused": 0,
        "currency": "USD",
        "date": LATER,
        "reference_number": "",
        "comment": "",
        "gateway_account_id": source.gateway_account_id,
        "gateway": "chargebee",
        "payment_source_id": source.pk,
        "source_reference": source.reference_id,
        "plan": {"replaces_primary": False},
        "masked_card_number": "************1881",
        "id_at_gateway": "",
        "error_code": "",
        "error_text": "",
        "request_key": None,
        "created_at": LATER,
        "updated_at": LATER,
        "settled_at": None,
        "resource_version": acts.LATER_VERSION,
        "deleted_at": None,
    }
    assert (held(), of_invoice(), charges()) == (["inv"], ("payment_due", 0, 0, 1000), [])


def test_invoice_that_is_held_is_refused_to_others(site: BillingSite, begun: Transaction) -> None:
    with refusal(InvalidState) as caught:
        collect(site)

    assert caught.value.message == "A payment of an invoice is under way already."
    assert caught.value.param == "invoice_allocations"


def test_new_card_is_stored_nowhere_for_an_invoice_that_is_held(
    site: BillingSite, begun: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "prepare_source", None)

    with refusal(InvalidState):
        collect(site, given=pay.card())


def test_other_invoices_can_be_collected_meanwhile(site: BillingSite, begun: Transaction) -> None:
    an_invoice(site, 500, "inv2")

    assert collect(site, "inv2").status == "success"


def test_invoice_that_gets_nothing_is_not_held(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    an_invoice(site, 500, "inv2")

    collecting.begin_collection(
        site=site, customer_public_id="acme", collection=collection("inv", "inv2", amount=1000), at=LATER
    )

    assert held() == ["inv"]


def test_success_pays_the_invoice(site: BillingSite, payer: Customer) -> None:
    source = a_source(site)

    payment = collect(site, amount=1100)

    said = columns(payment, "status", "amount", "amount_unused", "settled_at", "payment_source", "error_code")
    assert said == ("success", 1100, 100, LATER, source.pk, "")
    assert columns(payment, "id_at_gateway")[0].startswith("ch_")
    assert (of_invoice(), used(payment), held()) == (("paid", 1000, 0, 0), [("inv", 1000)], [])
    assert amounts(payer, Bucket.EXCESS_PAYMENTS) == {"USD": 100}
    assert charges() == [(1100, "succeeded")]


def test_success_leaves_nothing_of_its_plan(site: BillingSite, payer: Customer) -> None:
    payment = collect(site, given=pay.card(), retains=True)

    assert columns(payment, "plan") == ({},)


def test_success_is_said_once(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    actor = Actor("api", "key")

    with hearing() as heard:
        payment = collect(site, actor=actor)

    assert names(heard) == ["payment_succeeded", "invoice_updated"]
    said = heard[0][1]
    assert (said["transaction"], said["customer"], said["actor"], said["at"]) == (payment, payer, actor, LATER)
    assert [each["invoice"].public_id for _, each in heard] == ["inv", "inv"]
    assert version_of(payer) > acts.LATER_VERSION - 1


def test_payment_of_several_invoices_names_none_of_them(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    an_invoice(site, 500, "inv2")

    with hearing() as heard:
        collect(site, "inv2", "inv")

    assert names(heard) == ["payment_succeeded", "invoice_updated", "invoice_updated"]
    assert "invoice" not in heard[0][1]
    assert [said["invoice"].public_id for _, said in heard[1:]] == ["inv2", "inv"]


@pytest.mark.parametrize(
    ("number", "reason", "said", "at_gateway"),
    [
        (pay.DECLINED, "card_declined", "The card was declined.", "declined"),
        (
            pay.NEEDS_CONFIRMATION,
            "authentication_required",
            "The card holder has to confirm the payment, which cannot be done here.",
            "action_needed",
        ),
    ],
)
def test_refusal_of_the_gateway_leaves_the_invoice_due(
    site: BillingSite, payer: Customer, number: str, reason: str, said: str, at_gateway: str
) -> None:
    source = a_source(site, number)

    with hearing() as heard, pytest.raises(PaymentFailed) as caught:
        collect(site)

    payment = Transaction.objects.get()
    assert (caught.value.reason, caught.value.message) == (reason, said)
    assert caught.value.transaction_id == payment.public_id
    assert not isinstance(caught.value, PaymentUncertain)
    assert columns(payment, "status", "error_code", "error_text", "settled_at") == ("failure", reason, said, LATER)
    assert columns(payment, "payment_source") == (source.pk,)
    assert (of_invoice(), used(payment), held()) == (("payment_due", 0, 0, 1000), [], [])
    assert (charges(), amounts(payer, Bucket.EXCESS_PAYMENTS)) == ([(1000, at_gateway)], {})
    assert names(heard) == ["payment_failed"]
    assert heard[0][1]["invoice"].public_id == "inv"


def test_invoice_can_be_collected_after_a_refusal(site: BillingSite, payer: Customer) -> None:
    a_source(site, pay.DECLINED)
    good = a_source(site)
    with pytest.raises(PaymentFailed):
        collect(site)

    collect(site, payment_source_id=good.public_id)

    assert of_invoice() == ("paid", 1000, 0, 0)


@pytest.mark.parametrize(("number", "made"), [(pay.ANSWER_IS_LOST, [(1000, "succeeded")]), (pay.NOT_REACHED, [])])
def test_silence_keeps_the_invoice_held(site: BillingSite, payer: Customer, number: str, made: Any) -> None:
    a_source(site, number)

    with hearing() as heard, pytest.raises(PaymentUncertain) as caught:
        collect(site)

    payment = Transaction.objects.get()
    assert (caught.value.reason, caught.value.transaction_id) == ("timeout", payment.public_id)
    assert columns(payment, "status", "settled_at", "error_code") == ("timeout", None, "")
    assert (of_invoice(), held(), charges()) == (("payment_due", 0, 0, 1000), ["inv"], made)
    assert heard == []


@pytest.mark.parametrize("number", [pay.PENDING, pay.PENDING_DECLINED])
def test_payment_that_takes_time_is_under_way(site: BillingSite, payer: Customer, number: str) -> None:
    a_source(site, number)

    with hearing() as heard:
        payment = collect(site)

    assert columns(payment, "status", "settled_at") == ("in_progress", None)
    assert columns(payment, "id_at_gateway")[0].startswith("ch_")
    assert (of_invoice(), held()) == (("payment_due", 0, 0, 1000), ["inv"])
    assert names(heard) == ["payment_initiated"]


def test_primary_source_is_charged_by_default(site: BillingSite, payer: Customer) -> None:
    primary = a_source(site)
    a_source(site)

    assert columns(collect(site), "payment_source") == (primary.pk,)


def test_backup_is_charged_without_a_primary_one_that_is_good(site: BillingSite, payer: Customer) -> None:
    primary, backup = a_source(site), a_source(site)
    assign_payment_role(
        site=site, customer_public_id="acme", payment_source_id=backup.public_id, role="backup", at=LATER
    )
    PaymentSource.objects.filter(pk=primary.pk).update(status="invalid")

    assert columns(collect(site), "payment_source") == (backup.pk,)


@pytest.mark.parametrize("status", ["valid", "expiring", "expired", "pending_verification"])
def test_gateway_is_asked_whatever_else_the_status_says(site: BillingSite, payer: Customer, status: str) -> None:
    source = a_source(site)
    PaymentSource.objects.filter(pk=source.pk).update(status=status)

    assert collect(site).status == "success"


def test_named_source_is_charged_whatever_its_status(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    named = a_source(site)
    PaymentSource.objects.filter(pk=named.pk).update(status="invalid")

    assert columns(collect(site, payment_source_id=named.public_id), "payment_source") == (named.pk,)


def test_customer_without_a_source_is_refused(site: BillingSite, payer: Customer) -> None:
    with refusal(PaymentSourceMissing) as caught:
        collect(site)

    assert caught.value.message == "The customer has no payment source to collect from."


def test_only_source_without_a_role_is_not_charged_unasked(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    Customer.objects.update(primary_payment_source_id=None)

    with refusal(PaymentSourceMissing):
        collect(site)


@pytest.mark.parametrize("whose", ["missing", "theirs", "foreign", "detached"])
def test_source_of_somebody_else_is_as_missing(
    site: BillingSite, other_site: BillingSite, payer: Customer, whose: str
) -> None:
    acts.create(site, "other")
    acts.create(other_site)
    detached = a_source(site)
    delete_payment_source(site=site, public_id=detached.public_id, at=LATER)
    sources = {
        "missing": "pm_missing",
        "theirs": a_source(site, public_id="other").public_id,
        "foreign": a_source(other_site).public_id,
        "detached": detached.public_id,
    }

    with refusal(NotFound) as caught:
        collect(site, payment_source_id=sources[whose])

    assert (caught.value.message, caught.value.param) == ("There is no such payment source.", "payment_source_id")


def test_disabled_account_still_charges_what_it_has(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    disable_gateway_account(site=site, public_id=GatewayAccount.objects.get().public_id, at=LATER)

    assert collect(site).status == "success"


def test_account_that_cannot_be_opened_is_asked_nothing(site: BillingSite, payer: Customer) -> None:
    a_source(site)
    GatewayAccount.objects.update(backend="gone")

    with pytest.raises(PaymentFailed) as caught:
        collect(site)

    assert (caught.value.reason, held()) == ("gateway_unavailable", [])
    assert Transaction.objects.get().status == "failure"


def test_version_that_is_not_the_customers_is_refused(site: BillingSite, payer: Customer) -> None:
    source = a_source(site)

    with refusal(VersionMismatch) as caught:
        reconciling.charge_once(
            site=site, customer_public_id="acme", collection=collection(), expected_version=1, at=LATER
        )

    assert caught.value.current == version_of(payer)
    assert source.transactions.count() == 0


@pytest.mark.parametrize("number", [pay.REFUSED, "4012888888881882"])
def test_new_card_that_the_gateway_refuses_leaves_nothing(site: BillingSite, payer: Customer, number: str) -> None:
    with refusal(PaymentFailed) as caught:
        collect(site, given=pay.card(number))

    assert caught.value.param == "card.number" * (number != pay.REFUSED)


def test_new_card_at_a_silent_gateway_leaves_nothing(site: BillingSite, payer: Customer) -> None:
    with refusal(PaymentUncertain):
        collect(site, given=pay.card(pay.SILENT))


def test_new_card_that_no_account_takes_is_refused(site: BillingSite, payer: Customer) -> None:
    disable_gateway_account(site=site, public_id=GatewayAccount.objects.get().public_id, at=LATER)

    with refusal(InvalidInput) as caught:
        collect(site, given=pay.card())

    assert caught.value.message == "No payment gateway is set up to take it."


def test_card_is_given_back_when_the_attempt_fails_after_it_was_stored(
    site: BillingSite, payer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise InvalidState("Too late.")

    monkeypatch.setattr(collecting, "_charged", fail)

    with pytest.raises(InvalidState):
        collect(site, given=pay.card())

    assert Transaction.objects.count() == 0
    assert list(Job.objects.values_list("kind", flat=True)) == ["payment_sources.detach"]


def test_payment_inside_a_transaction_is_a_mistake(site: BillingSite, payer: Customer) -> None:
    a_source(site)

    with pytest.raises(RuntimeError), transaction.atomic():
        collect(site)

    assert Transaction.objects.count() == 0
