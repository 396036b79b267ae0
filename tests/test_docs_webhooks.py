"""What docs/webhooks.md says is so: its samples are what is sent, its receivers take that and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from billing_customers import signals
from billing_customers.choices import EventType
from billing_customers.conf import billing_settings
from billing_customers.dialects.chargebee.inputs import webhooks as chargebee_inputs
from billing_customers.dialects.ching.inputs import WEBHOOK_FIELDS
from billing_customers.events import health, retention, schedule
from billing_customers.events.delivery import Envelope
from billing_customers.events.lanes import Head
from billing_customers.events.renderers import renderer_of
from billing_customers.events.sealing import Secret
from billing_customers.events.transport import KEPT, MAX_BODY
from billing_customers.models import BillingSite, Event, WebhookEndpoint
from billing_customers.operations.webhooks import MAX_ENDPOINTS, MAX_LIVE_SECRETS, MAX_OVERLAP
from billing_customers.queries.events import EVENT_ATTRIBUTES
from tests import pages
from tests.clients import ChargebeeClient
from tests.conftest import require
from tests.dialects.clock import clock
from tests.fixtures import NOW
from tests.operations import endpoints
from tests.shell.sources import CHECKOUT
from tests.test_docs import no_new_receivers

__all__ = ["clock", "no_new_receivers"]

PAGE = CHECKOUT / "docs" / "webhooks.md"
TEXT = PAGE.read_text("utf-8")
MARKED = {each.mark: each.text for each in pages.snippets(PAGE) if each.mark != "run"}

OLD, NEW = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
BODY = '{"id":"evt_1","type":"customer.created","data":{"name":"טל"}}'


def sent(*secrets: Secret, at: datetime | None = None, sequence: int | None = 1) -> dict[str, str]:
    """The headers of an attempt for a CHING endpoint with these secrets, the newest first."""
    head = Head(1, 1, 1, "evt_1", sequence, BODY, is_manual=False, attempts=0)
    envelope = Envelope("ching", secrets, "Basic Ym9va3M6cDRzc3dvcmQ=")
    return dict(envelope.headers(head, BODY.encode(), at=at or datetime.now(UTC)))


def of_the_page(mark: str) -> dict[str, Any]:
    """What a Python snippet of the page defines."""
    namespace: dict[str, Any] = {}
    exec(compile(MARKED[mark], f"webhooks.md:{mark}", "exec"), namespace)
    return namespace


def by_library(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        return bool(of_the_page("verify_library")["read_event"](secret, headers, body) == json.loads(body))
    except WebhookVerificationError:
        return False


def by_ching(secret: str, headers: dict[str, str], body: bytes) -> bool:
    return bool(of_the_page("verify_ching")["is_genuine"](secret, headers, body))


@pytest.fixture
def by_receiver(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, str], bytes], bool]:
    """The function of the quick start, whose server tests/example starts."""

    def verify(secret: str, headers: dict[str, str], body: bytes) -> bool:
        monkeypatch.setenv("SECRET", secret)
        namespace: dict[str, Any] = {}
        exec(compile(MARKED["receiver"].partition("class Receiver")[0], "receiver.py", "exec"), namespace)
        return bool(namespace["is_genuine"](headers, body))

    return verify


@pytest.fixture
def by_node(tmp_path: Path) -> Callable[[str, dict[str, str], bytes], bool]:
    require(shutil.which("node") is not None, "Node")
    (tmp_path / "page.mjs").write_text(MARKED["verify_node"])
    (tmp_path / "ask.mjs").write_text(
        'import { readEvent } from "./page.mjs";\n'
        "const [secret, headers, body] = JSON.parse(process.argv[2]);\n"
        'console.log(JSON.stringify(readEvent(secret, headers, Buffer.from(body, "utf8"))));\n'
    )

    def verify(secret: str, headers: dict[str, str], body: bytes) -> bool:
        asked = json.dumps([secret, {name.lower(): value for name, value in headers.items()}, body.decode()])
        done = subprocess.run(
            ["node", "ask.mjs", asked], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
        )
        return done.returncode == 0 and json.loads(done.stdout) == json.loads(body)

    return verify


@pytest.fixture(params=["receiver", "library", "ching", "node"])
def verify(request: pytest.FixtureRequest) -> Callable[[str, dict[str, str], bytes], bool]:
    """Each way to verify that the page shows."""
    ways = {"library": by_library, "ching": by_ching}
    return ways.get(request.param) or request.getfixturevalue(f"by_{request.param}")


def test_what_is_sent_is_taken(verify: Any) -> None:
    assert verify(NEW.reveal(), sent(NEW), BODY.encode()) is True


def test_what_another_secret_signed_is_refused(verify: Any) -> None:
    assert verify(OLD.reveal(), sent(NEW), BODY.encode()) is False


def test_altered_body_is_refused(verify: Any) -> None:
    assert verify(NEW.reveal(), sent(NEW), BODY.replace("created", "deleted").encode()) is False


def test_unsigned_request_is_refused(verify: Any) -> None:
    assert verify(NEW.reveal(), {}, BODY.encode()) is False


@pytest.mark.parametrize("verify", ["receiver", "library", "node"], indirect=True)
def test_old_request_is_refused(verify: Any) -> None:
    assert verify(NEW.reveal(), sent(NEW, at=datetime.now(UTC) - timedelta(minutes=6)), BODY.encode()) is False


@pytest.mark.parametrize("verify", ["receiver", "library", "node"], indirect=True)
@pytest.mark.parametrize("secret", [OLD, NEW], ids=["old", "new"])
def test_either_secret_verifies_while_it_is_rotated(verify: Any, secret: Secret) -> None:
    assert verify(secret.reveal(), sent(NEW, OLD), BODY.encode()) is True


def test_table_has_each_header() -> None:
    told = {name for name, _ in pages.rows(PAGE, start="header")}

    assert {name.strip("`") for name in told} == set(sent(NEW, OLD))


def test_table_has_each_event_in_both_contracts() -> None:
    told = {(ching.strip("`"), chargebee.strip("`")) for ching, chargebee, *_ in pages.rows(PAGE, start="CHING `type`")}
    ching, chargebee = renderer_of("ching"), renderer_of("chargebee")

    assert told == {(ching.name_of(kind) or "—", chargebee.name_of(kind)) for kind in EventType}


def test_samples_are_what_is_recorded(site: BillingSite, chargebee: ChargebeeClient, clock: Any) -> None:
    endpoint, _ = endpoints.make(site, dialect="chargebee")
    who = {"id": "acct-7001", "first_name": "John", "last_name": "Doe", "email": "john@example.com"}
    chargebee.post("/customers", {**who, "phone": "054-987-6543"})

    event = Event.objects.get()
    random = {
        event.public_id: "evt_06e8181af2dd4247490f3a4a84",
        event.user: "ck_test_…LHRD",
        endpoint.public_id: "we_VaW-Xw9r2gcSfFt9",
    }
    for dialect in ("ching", "chargebee"):
        payload: str = getattr(event, f"{dialect}_payload")
        recorded = re.sub("|".join(map(re.escape, random)), lambda match: random[match.group()], payload)
        assert json.dumps(json.loads(MARKED[f"{dialect}_event"])) == json.dumps(json.loads(recorded))


def test_schedule_is_the_one_that_is_kept_to() -> None:
    seconds = {"s": 1, "min": 60, "h": 3600}
    sentence = TEXT.partition("**Schedule.**")[2].partition(", each a fifth")[0]

    told = [int(number) * seconds[unit] for number, unit in re.findall(r"(\d+) (s|min|h)\b", sentence)]

    assert told == [delay.total_seconds() for delay in schedule.DELAYS]


@pytest.mark.parametrize(
    "sentence",
    [
        f"A site has at most {MAX_ENDPOINTS}.",
        f"After {health.DISABLE_AFTER // timedelta(hours=1)} hours of nothing but failures",
        f"At most {billing_settings.webhook_max_in_flight} requests",
        f"At most {MAX_BODY // 1024} KiB",
        f"and {KEPT // 1024} KiB is kept",
        f"0 to {MAX_OVERLAP // timedelta(hours=1)};",
        f"| events and their deliveries | {retention.KEEP_EVENTS.days} days",
        f"| attempts, with the beginning of the answer | {retention.KEEP_ATTEMPTS.days} days |",
        f"| what waits for a receiver | {retention.KEEP_WAITING.days} days |",
    ],
)
def test_number_is_the_one_of_the_code(sentence: str) -> None:
    assert sentence in " ".join(TEXT.split())


def test_words_for_numbers_are_those_of_the_code() -> None:
    assert (MAX_LIVE_SECRETS, schedule.MAX_ATTEMPTS, health.FAILURES_TO_OPEN) == (3, 10, 5)
    assert "At most three are live" in " ".join(TEXT.split())
    assert "ten attempts in about 75 hours" in " ".join(TEXT.split())
    assert "After five failures in a row" in TEXT


def test_parameters_that_the_page_calls_ours_are_read() -> None:
    assert WEBHOOK_FIELDS == ("url", "events", "description", "dialect")
    assert {"description", "dialect"} <= {**chargebee_inputs.UPDATABLE, **chargebee_inputs.CREATABLE}.keys()


def test_table_has_each_filter_of_events() -> None:
    told = " ".join(cell for cell, _ in pages.rows(PAGE, start="parameter"))

    assert set(re.findall(r"([a-z_]+)\[(?!asc|desc)", told)) == set(EVENT_ATTRIBUTES)


@pytest.mark.usefixtures("no_new_receivers")
@pytest.mark.parametrize(("reason", "why"), [("gone", "it answered 410 Gone"), ("failing", "nothing arrived")])
def test_receiver_of_the_page_mails(site: BillingSite, monkeypatch: pytest.MonkeyPatch, reason: str, why: str) -> None:
    mailed: list[tuple[str, str]] = []
    monkeypatch.setattr("django.core.mail.mail_admins", lambda *letter: mailed.append(letter))
    endpoint, _ = endpoints.make(site)
    of_the_page("mail")

    said = {"endpoint": endpoint, "reason": reason, "at": NOW}
    answers = signals.webhook_endpoint_disabled.send_robust(sender=WebhookEndpoint, **said)

    [(subject, text)] = mailed
    assert [error for _, error in answers] == [None]
    assert subject == f"Webhook endpoint {endpoint.public_id} of acme-test is disabled"
    assert text.startswith(f"At 2026-01-01 00:00 UTC, because {why}")
