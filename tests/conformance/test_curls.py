"""Every command of the two pages that is implemented, as it is written there, run by curl itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from billing_customers.conformance.calls import Answer, Installation
from billing_customers.conformance.cases import Case, all_cases
from billing_customers.conformance.curl import PUBLIC_BASES
from billing_customers.conformance.judging import judge_answer
from billing_customers.conformance.known import all_known
from billing_customers.conformance.run import bound_to, ids_made, with_ids_told
from tests.conformance.conftest import PREFIXES
from tests.conftest import require

IMPLEMENTED = [case for case in all_cases() if case.implemented]


@pytest.mark.parametrize("case", IMPLEMENTED, ids=lambda case: case.title.replace(" ", "-"))
def test_command_gets_the_answer_of_the_page(case: Case, near: Installation, live_server: Any, tmp_path: Path) -> None:
    made: list[str] = []
    answers = []
    for number in range(len(case.setup)):
        answer = near.prepare(case.dialect, case.setup[number])
        assert answer is not None
        answers.append(answer)
        made += ids_made(answer, made)
        case = bound_to(case, made)
    case = with_ids_told(case, answers)

    answer = run_curl(case, live_server.url, near.key, tmp_path)

    result = judge_answer(case, answer, all_known(), frozenset(made))
    assert (list(result.unexplained), list(result.stale)) == ([], [])


def run_curl(case: Case, url: str, key: str, folder: Path) -> Answer:
    """The answer that curl gets when a shell in an empty ``folder`` runs the page's command with our host and key."""
    require(shutil.which("curl") is not None, "curl")
    # The page indents what follows a backslash; without a blank there, the key and the next option would be one word.
    command = " \\\n    ".join([*case.curl, "--silent --noproxy '*' --write-out '\\n%{http_code}'"])
    command = command.replace(PUBLIC_BASES[case.dialect], url + PREFIXES[case.dialect])
    command = command.replace("{site_api_key}", key).replace("YOUR_API_KEY", key)
    done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, check=True, timeout=60)
    content, _, status = done.stdout.rpartition(b"\n")
    return Answer.of(int(status), content, {})
