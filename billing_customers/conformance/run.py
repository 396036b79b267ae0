"""Run the table against an installation."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence

from billing_customers.conformance.calls import Answer, Installation
from billing_customers.conformance.cases import PATH_ID, SAMPLE_ID, Case, Dialect
from billing_customers.conformance.compare import id_of
from billing_customers.conformance.curl import read_curl
from billing_customers.conformance.judging import (
    Result,
    Verdict,
    judge_answer,
    judge_missing,
    judge_setup,
    lacks_gateway,
    lacks_resource,
)
from billing_customers.conformance.known import Known, all_known


class Run:
    """One pass over the table. ``left_behind`` are the ids of customers that could not be removed again."""

    def __init__(self, installation: Installation, known: Iterable[Known] | None = None) -> None:
        self.installation = installation
        self.known = all_known() if known is None else tuple(known)
        self.name = f"conformance-{secrets.token_hex(3)}"
        self.left_behind: list[str] = []
        self.count = 0

    def results(self, cases: Iterable[Case]) -> Iterator[Result]:
        """Judge each case; the customers that it made are removed before the next one."""
        for case in cases:
            self.count += 1
            made: list[str] = []
            try:
                yield self._judge(self._labelled(case), made)
            finally:
                self.left_behind += self._remove(made)

    def _remove(self, made: Sequence[str]) -> list[str]:
        """Remove these customers; return those that could not be. Those in a hierarchy are taken out of it first."""
        left = [each for each in made if not self.installation.remove_customer(each)]
        for each in left:
            self.installation.delink_customer(each)
        return [each for each in left if not self.installation.remove_customer(each)]

    def _labelled(self, case: Case) -> Case:
        """The case with ids that say where its customers come from, and that no other case or run has."""
        return case.renamed({own: f"{self.name}-{self.count}-{index}" for index, own in enumerate(case.own_ids)})

    def _judge(self, case: Case, made: list[str]) -> Result:
        answers: list[Answer] = []
        for number in range(len(case.setup)):
            answer = self.installation.prepare(case.dialect, case.setup[number])
            if answer is None:
                return Result(case, Verdict.NOT_THERE, f"No request makes the {case.setup[number].path} that it needs.")
            made += ids_made(answer, made)
            if self._is_missing(case, answer):
                return judge_missing(case, answer)
            if not answer.is_success:
                return judge_setup(case, answer)
            answers.append(answer)
            # What follows may need the customer's id, the setup too.
            case = bound_to(case, made)
        return self._judge_request(with_ids_told(case, answers), made)

    def _judge_request(self, case: Case, made: list[str]) -> Result:
        answer = self.installation.send(case.dialect, read_curl(case))
        prepared = frozenset(made)
        made += ids_made(answer, made)
        if self._is_missing(case, answer):
            return judge_missing(case, answer)
        return judge_answer(case, answer, self.known, prepared)

    def _is_missing(self, case: Case, answer: Answer) -> bool:
        if not lacks_resource(case, answer):
            return lacks_gateway(answer)
        # The route, and not merely the customer: those of the setup are there.
        return all(self.installation.has_customer(case.dialect, own) for own in case.own_ids)


def bound_to(case: Case, made: Sequence[str]) -> Case:
    """A case of CHING with the id that its setup got, in its path and in its sample."""
    if case.dialect is not Dialect.CHING or not made:
        return case
    return case.renamed({PATH_ID: made[0], SAMPLE_ID: made[0]})


def with_ids_told(case: Case, answers: Iterable[Answer]) -> Case:
    """The case with ids that the ``answers`` to its setup tell, the last of them first, instead of the page's."""
    names: dict[str, str] = {}
    for answer in answers:
        names |= {text: told for text, path in case.binds.items() if (told := _told(answer, path))}
    return case.renamed(names) if names else case


def ids_made(answer: Answer, made: Sequence[str]) -> list[str]:
    """The customer of a successful answer, if it is not in ``made``."""
    body = answer.body if answer.is_success and isinstance(answer.body, dict) else {}
    shown = body.get("customer") or body.get("data")
    is_customer = isinstance(shown, dict) and shown.get("object") == "customer"
    identity = id_of(shown) if is_customer else None
    return [identity] if identity and identity not in made else []


def _told(answer: Answer, path: str) -> str | None:
    """The text at ``path``, such as ``card.gateway_account_id``, in the answer's body."""
    value = answer.body
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None
