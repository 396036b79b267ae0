"""What an answer is worth, by the sample, the kept differences, and what the table says is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from billing_customers.conformance.calls import Answer
from billing_customers.conformance.cases import Case, Dialect
from billing_customers.conformance.compare import Difference, Kind, compare, id_of
from billing_customers.conformance.curl import read_curl
from billing_customers.conformance.known import Known, known_in

# How a route says that it is not there, and an operation that it takes no payment details yet.
_NO_ROUTE = {Dialect.CHING: "NOT_FOUND", Dialect.CHARGEBEE: "resource_not_found"}
_NO_GATEWAY = "No payment gateway is set up to take it."


class Verdict(StrEnum):
    MATCHES = "matches"
    ON_PURPOSE = "differs on purpose"
    NOT_THERE = "not there yet"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Result:
    """``known`` are the kept differences that were met, ``stale`` those that should have been."""

    case: Case
    verdict: Verdict
    note: str = ""
    unexplained: Sequence[Difference] = ()
    known: Sequence[Known] = ()
    stale: Sequence[Known] = ()


def lacks_gateway(answer: Answer) -> bool:
    """Whether the answer refuses payment details, since nothing takes them."""
    return answer.status == 400 and _NO_GATEWAY in answer.said


def lacks_resource(case: Case, answer: Answer) -> bool:
    """Whether the answer is a 404 of the dialect: there is no such route, or no such customer."""
    return answer.status == 404 and answer.code == _NO_ROUTE[case.dialect]


def judge_missing(case: Case, answer: Answer) -> Result:
    """The result for an operation whose ``answer`` says that it is not there."""
    if case.implemented:
        return Result(case, Verdict.UNEXPLAINED, f"The table says that it is there, but: {answer.said}")
    return Result(case, Verdict.NOT_THERE, answer.said)


def judge_setup(case: Case, answer: Answer) -> Result:
    """The result for a case that cannot even be prepared."""
    return Result(case, Verdict.UNEXPLAINED, f"The setup was refused with {answer.status}: {answer.said}")


def judge_answer(case: Case, answer: Answer, known: Iterable[Known], made: frozenset[str]) -> Result:
    """Compare ``answer`` with what the contract shows. ``made`` are the ids that the run has got back so far."""
    entries = known_in(case, known)
    for entry in entries:
        if entry.refusal and not differences(entry.refusal.status, entry.refusal.body, answer):
            return Result(
                case, Verdict.ON_PURPOSE, answer.said, known=[entry], stale=[each for each in entries if each != entry]
            )
    found = differences(200, case.sample, answer, texts_sent(case) | made, case.ids)
    met = [entry for entry in entries if any(entry.explains(each) for each in found)]
    stale = [entry for entry in entries if entry not in met]
    left = [each for each in found if not any(entry.explains(each) for entry in met)]
    if left:
        return Result(case, Verdict.UNEXPLAINED, answer.said, left, met, stale)
    if not case.implemented:
        return Result(case, Verdict.UNEXPLAINED, "It is there: mark the case as implemented.", (), met, stale)
    return Result(case, Verdict.ON_PURPOSE if met else Verdict.MATCHES, "", (), met, stale)


def differences(
    status: int,
    sample: Any,
    answer: Answer,
    given: frozenset[str] = frozenset(),
    ids: Sequence[str] | None = None,
) -> list[Difference]:
    """How ``answer`` differs from ``status`` and ``sample``, or from a list of just the customers ``ids``."""
    if answer.status != status:
        return [Difference("status", Kind.VALUE, status, answer.status)]
    if ids is None:
        return compare(sample, answer.body, given)
    listed = answer.body.get("list") if isinstance(answer.body, dict) else None
    return compare(list(ids), [id_of(item) for item in listed or ()], given, "list")


def texts_sent(case: Case) -> frozenset[str]:
    """Each text that the request holds: a word of its path, or a value of its parameters."""
    call = read_curl(case)
    values = [part.partition("=")[2] for part in (call.query or call.body).split("&")]
    return frozenset([*call.path.split("/"), *values])
