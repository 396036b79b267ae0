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
                self.left_behind += [each for each in made if not self.installation.remove_customer(each)]

    def _labelled(self, case: Case) -> Case:
        """The case with ids that say where its customers come from, and that no other case or run has."""
        return case.renamed({own: f"{self.name}-{self.count}-{index}" for index, own in enumerate(case.own_ids)})

    def _judge(self, case: Case, made: list[str]) -> Result:
        for step in case.setup:
            answer = self.installation.prepare(case.dialect, step)
            made += ids_made(answer, made)
            if self._is_missing(case, answer):
                return judge_missing(case, answer)
            if not answer.is_success:
                return judge_setup(case, answer)
        return self._judge_request(bound_to(case, made), made)

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


def ids_made(answer: Answer, made: Sequence[str]) -> list[str]:
    """The customer of a successful answer, if it is not in ``made``."""
    body = answer.body if answer.is_success and isinstance(answer.body, dict) else {}
    identity = id_of(body.get("customer") or body.get("data"))
    return [identity] if identity and identity not in made else []
