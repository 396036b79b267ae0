"""The whole table over a live server, and what a run notices and leaves behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from billing_customers.conformance.calls import Answer, Installation
from billing_customers.conformance.cases import Step, all_cases
from billing_customers.conformance.compare import Difference, Kind
from billing_customers.conformance.judging import Result, Verdict
from billing_customers.conformance.run import Run
from billing_customers.dialects.chargebee import outputs as chargebee_outputs
from billing_customers.dialects.ching import outputs as ching_outputs
from billing_customers.models import Customer
from tests.conformance.conftest import case_named


def judge(installation: Installation, title: str, **changes: Any) -> Result:
    """The result of one case, changed in some fields."""
    return next(Run(installation).results([replace(case_named(title), **changes)]))


def tamper(monkeypatch: pytest.MonkeyPatch, outputs: Any, **changes: Any) -> None:
    """Let a dialect show customers with other values; ``...`` drops a key."""
    honest = outputs.customer

    def customer(*args: Any, **kwargs: Any) -> dict[str, Any]:
        shown = {**honest(*args, **kwargs), **changes}
        return {key: value for key, value in shown.items() if value is not ...}

    monkeypatch.setattr(outputs, "customer", customer)


def test_server_answers_the_table_with_no_unexplained_and_no_stale_difference(server: Installation) -> None:
    results = list(Run(server).results(all_cases()))

    assert [result for result in results if result.verdict is Verdict.UNEXPLAINED or result.stale] == []


def test_every_operation_is_there() -> None:
    assert [case.title for case in all_cases() if not case.implemented] == []


def test_invoice_is_made_where_its_host_runs(here: Installation) -> None:
    result = judge(here, "chargebee collect_payment.new_card")

    assert (result.verdict, result.note) == (Verdict.MATCHES, "")


def test_invoice_is_not_made_by_a_request(server: Installation) -> None:
    result = judge(server, "chargebee collect_payment.new_card")

    assert (result.verdict, result.note) == (
        Verdict.NOT_THERE,
        "No request makes the subscription that it needs.",
    )


def test_run_removes_the_customers_it_made(server: Installation) -> None:
    run = Run(server)

    made = [result.case.own_ids for result in run.results([case_named("chargebee list.by_id")])]

    assert [len(ids) for ids in made] == [2]
    assert made[0][0].startswith("conformance-")
    assert (Customer.objects.live().count(), Customer.objects.count()) == (0, 2)
    assert run.left_behind == []


def test_customer_that_cannot_be_removed_is_told(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Installation, "remove_customer", lambda self, public_id: False)
    run = Run(here)

    list(run.results([case_named("chargebee create.billing_address")]))

    assert run.left_behind == [Customer.objects.get().public_id]


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"taxability": ...}, Difference("customer.taxability", Kind.MISSING, expected="taxable")),
        ({"phone": None}, Difference("customer.phone", Kind.EXTRA)),
        ({"net_term_days": "0"}, Difference("customer.net_term_days", Kind.TYPE, 0, "0")),
        ({"deleted": 0}, Difference("customer.deleted", Kind.TYPE, False, 0)),
        ({"pii_cleared": "cleared"}, Difference("customer.pii_cleared", Kind.VALUE, "active", "cleared")),
        ({"created_at": 1517505731000}, Difference("customer.created_at", Kind.VALUE, 1517505731, 1517505731000)),
    ],
)
def test_broken_chargebee_output_is_unexplained(
    changes: dict[str, Any], difference: Difference, here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper(monkeypatch, chargebee_outputs, **changes)

    result = judge(here, "chargebee create.billing_address")

    assert (result.verdict, list(result.unexplained)) == (Verdict.UNEXPLAINED, [difference])


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"taxId": ...}, Difference("data.taxId", Kind.MISSING)),
        ({"phone": "0501234567"}, Difference("data.phone", Kind.VALUE, "+972501234567", "0501234567")),
        ({"default_payment_method": 5}, None),
        ({"id": "cus_other"}, None),
    ],
)
def test_broken_ching_output_is_unexplained(
    changes: dict[str, Any], difference: Difference | None, here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper(monkeypatch, ching_outputs, **changes)

    result = judge(here, "ching update.filled")

    assert result.verdict is Verdict.UNEXPLAINED
    assert difference is None or difference in result.unexplained


def test_kept_difference_that_no_longer_occurs_is_stale(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    tamper(monkeypatch, ching_outputs, default_payment_method="pm_WMc9X22NT1af")

    result = judge(here, "ching create.filled")

    assert result.verdict is Verdict.MATCHES
    assert [known.at for known in result.stale] == ["data.default_payment_method"]


def test_id_that_the_setup_was_told_must_come_back(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    tamper(monkeypatch, ching_outputs, default_payment_method="pm_WMc9X22NT1af")

    (difference,) = judge(here, "ching retrieve").unexplained

    assert (difference.at, difference.found) == ("data.default_payment_method", "pm_WMc9X22NT1af")


def test_refusal_that_no_longer_occurs_is_stale(here: Installation) -> None:
    accepted = case_named("ching create.filled").curl

    result = judge(here, "ching create", curl=accepted)

    assert [known.refusal.status for known in result.stale if known.refusal] == [400]
    assert [each.at for each in result.unexplained] == ["data.default_payment_method"]


def test_operation_that_vanished_is_unexplained(here: Installation) -> None:
    command = tuple(line.replace("/add_contact", "/add_person") for line in case_named("chargebee add_contact").curl)

    result = judge(here, "chargebee add_contact", curl=command)

    assert result.verdict is Verdict.UNEXPLAINED
    assert result.note == "The table says that it is there, but: Sorry, we couldn't find that resource"


def test_operation_that_arrived_is_unexplained_until_the_table_says_so(here: Installation) -> None:
    result = judge(here, "chargebee retrieve", implemented=False)

    assert (result.verdict, result.note) == (Verdict.UNEXPLAINED, "It is there: mark the case as implemented.")


def test_missing_customer_is_not_taken_for_a_missing_route(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Installation, "has_customer", lambda self, dialect, public_id: False)

    case = case_named("chargebee delete")
    unheard_of = tuple(line.replace("/delete", "/unheard_of") for line in case.curl)

    result = judge(here, case.title, curl=unheard_of, implemented=False)

    assert result.verdict is Verdict.UNEXPLAINED
    assert list(result.unexplained) == [Difference("status", Kind.VALUE, 200, 404)]


def test_refused_setup_is_unexplained(here: Installation) -> None:
    step = Step("/customers", {"email": "nobody"})

    result = judge(here, "chargebee retrieve", setup=(step,))

    assert result.verdict is Verdict.UNEXPLAINED
    assert result.note.startswith("The setup was refused with 400: ")
    assert not Customer.objects.exists()


def test_list_of_other_customers_is_unexplained(here: Installation) -> None:
    result = judge(here, "chargebee list.by_id", ids=())

    assert [(each.at, each.expected, each.found) for each in result.unexplained] == [("list[]", 0, 1)]


def test_answer_that_is_no_json_is_unexplained(here: Installation) -> None:
    result = judge(Installation(Broken(), here.key, here.prefixes), "chargebee create.billing_address")

    assert result.note == "status 502, without a message"
    assert list(result.unexplained) == [Difference("status", Kind.VALUE, 200, 502)]


def test_rate_limit_is_waited_for(here: Installation) -> None:
    waits: list[float] = []
    busy = Installation(Busy(here.transport), here.key, here.prefixes, waits.append)

    result = judge(busy, "chargebee create.billing_address")

    assert result.verdict is Verdict.MATCHES
    assert waits == [7, 7]


class Broken:
    """A proxy without a backend."""

    def send(self, *args: Any) -> Answer:
        return Answer.of(502, b"<h1>Bad gateway</h1>", {})


class Busy:
    """Refuses every other request for seven seconds."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.count = 0

    def send(self, *args: Any) -> Answer:
        self.count += 1
        if self.count % 2:
            return Answer.of(429, b"{}", {"Retry-After": "7"})
        answer: Answer = self.transport.send(*args)
        return answer
