"""The results of a run, for a terminal, a program, or a page of the documentation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from billing_customers.conformance.cases import Dialect
from billing_customers.conformance.compare import Difference, Kind
from billing_customers.conformance.judging import Result, Verdict
from billing_customers.conformance.known import Known

_NAMES = {Dialect.CHING: "CHING", Dialect.CHARGEBEE: "Chargebee"}
_MAX_VALUE = 60


def as_text(results: Sequence[Result], left_behind: Sequence[str] = ()) -> str:
    """A table with a line for each request, what there is to say of it below, and a summary as the last line."""
    lines: list[str] = []
    for dialect in dict.fromkeys(result.case.dialect for result in results):
        lines += [_NAMES[dialect], *_table(result for result in results if result.case.dialect is dialect), ""]
    lines += [f"Not removed: the customer {public_id}" for public_id in left_behind]
    return "\n".join([*lines, summary(results)])


def summary(results: Sequence[Result]) -> str:
    """One line: how many requests have which verdict."""
    counts = Counter(result.verdict for result in results)
    stale = sum(len(result.stale) for result in results)
    return (
        f"{len(results)} requests: {counts[Verdict.MATCHES]} match, {counts[Verdict.ON_PURPOSE]} differ on purpose, "
        f"{counts[Verdict.NOT_THERE]} are not there yet, {counts[Verdict.UNEXPLAINED]} unexplained; "
        f"{stale} kept differences are stale."
    )


def as_data(results: Sequence[Result], left_behind: Sequence[str] = ()) -> dict[str, Any]:
    """The same, as JSON values."""
    counts = Counter(result.verdict.value for result in results)
    return {
        "summary": {verdict.value: counts[verdict.value] for verdict in Verdict},
        "results": [_result_data(result) for result in results],
        "left_behind": list(left_behind),
    }


def as_markdown(results: Sequence[Result]) -> str:
    """A table of the requests, and the kept differences that were met, with their reasons."""
    lines = ["| Contract | Operation | Request | Result |", "|---|---|---|---|"]
    for result in results:
        case = result.case
        lines.append(f"| {_NAMES[case.dialect]} | {case.operation} | `{case.name}` | {result.verdict} |")
    lines.append("")
    met = [known for result in results for known in result.known]
    for known in [known for index, known in enumerate(met) if known not in met[:index]]:
        names = ", ".join(f"`{name}`" for name in known.cases)
        lines.append(f"- **{_NAMES[known.dialect]}** {names}: {_what(known)}. {known.reason}")
    return "\n".join([*lines, "", summary(results)])


def described(difference: Difference) -> str:
    """``difference`` in words, long values cut short."""
    at = difference.at or "the whole answer"
    match difference.kind:
        case Kind.MISSING:
            return f"{at} is missing; the sample has {_short(difference.expected)}"
        case Kind.EXTRA:
            return f"{at} is {_short(difference.found)}; the sample has no such key"
        case _:
            return f"{at} is {_short(difference.found)}; the sample has {_short(difference.expected)}"


def _table(results: Iterator[Result]) -> Iterator[str]:
    for result in results:
        yield f"  {result.case.name:<36}{result.verdict}"
        if result.note and result.verdict is not Verdict.ON_PURPOSE:
            yield f"      {result.note}"
        for difference in result.unexplained:
            yield f"      {described(difference)}"
        for known in result.known:
            yield f"      {_what(known)}: {known.reason}"
        for known in result.stale:
            yield f"      stale, it no longer occurs: {_what(known)}"


def _what(known: Known) -> str:
    if known.refusal is not None:
        return f"is refused with {known.refusal.status}"
    if known.kind is Kind.MISSING:
        return f"{known.at} is missing"
    return f"{known.at} is {_short(known.ours)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 1] + "…"


def _result_data(result: Result) -> dict[str, Any]:
    return {
        "dialect": result.case.dialect.value,
        "case": result.case.name,
        "operation": result.case.operation,
        "verdict": result.verdict.value,
        "note": result.note,
        "unexplained": [
            {"at": each.at, "kind": each.kind.value, "expected": each.expected, "found": each.found}
            for each in result.unexplained
        ],
        "known": [{"what": _what(known), "reason": known.reason} for known in result.known],
        "stale": [{"what": _what(known), "reason": known.reason} for known in result.stale],
    }
