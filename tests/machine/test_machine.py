"""Anything in any order, 500 steps at a time: after each of them the rows are what the rules say.

Each run is an example of its own, made from its number: it is the same each time. ``MACHINE_SEED`` makes others,
``MACHINE_RUNS`` more or fewer, ``MACHINE_STEPS`` longer or shorter ones. With ``MACHINE_SHRINK=1`` the shortest way
to a failure is looked for, which takes up to five minutes.

The machine does what can be done to customers. What only surrounds them is made once: sites, accounts with gateways,
endpoints. Nothing is sent to these, and no card comes to its end.
"""

from __future__ import annotations

import os

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.machine.moves import KINDS
from tests.machine.rules_of_endings import EndingRules
from tests.machine.rules_of_money import MoneyRules
from tests.machine.rules_of_moves import MoveRules
from tests.machine.rules_of_people import PeopleRules
from tests.machine.steps import SEEN, Deed, deeds_of

STEPS = int(os.environ.get("MACHINE_STEPS", "500"))
# MariaDB takes five times as long as the others.
RUNS = int(os.environ.get("MACHINE_RUNS", "4" if "mysql" in django_settings.DATABASES["default"]["ENGINE"] else "20"))
SEED = int(os.environ.get("MACHINE_SEED", "0"))
# Of what can be done, and of the jobs; each run is to see as many of them succeed.
MOST = 32
PHASES = [Phase.generate] + ([Phase.shrink] if os.environ.get("MACHINE_SHRINK") else [])


class Machine(PeopleRules, MoneyRules, EndingRules, MoveRules):
    """Whatever else can be done to a customer gets a file of rules, and is named here twice."""

    @rule(deed=deeds_of(PeopleRules, MoneyRules, EndingRules, MoveRules))
    def do(self, deed: Deed) -> None:
        deed.be_done_by(self)


@pytest.fixture
def _long_examples(monkeypatch):
    """Hypothesis ends an example once it has drawn 8 KB of choices, which 500 steps exceed."""
    for module in ("internal.conjecture.engine", "stateful"):
        monkeypatch.setattr(f"hypothesis.{module}.BUFFER_SIZE", 64 * 1024)


@pytest.mark.django_db
@pytest.mark.usefixtures("_long_examples")
@pytest.mark.parametrize("run", range(RUNS))
def test_whatever_is_done_in_whatever_order_the_rows_are_as_the_rules_say(run):
    SEEN.clear()
    run_state_machine_as_test(
        seed(SEED + run)(type("Machine", (Machine,), {})),
        settings=settings(
            stateful_step_count=STEPS,
            # The first is the one that hypothesis takes for the simplest: nothing but idle workers.
            max_examples=2,
            deadline=None,
            database=None,
            print_blob=False,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
    done = {what for what, error in SEEN if not error or what in KINDS}
    # A machine that only knocks at closed doors proves little.
    assert len(done) >= MOST or STEPS < 500, f"nothing but {sorted(done)} has come about"
