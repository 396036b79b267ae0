"""Carry a batch of events to one endpoint: claim, send, write down. No transaction is open while anything is sent."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.utils import timezone

import billing_customers
from billing_customers.choices import DialectName
from billing_customers.conf import billing_settings
from billing_customers.events import health, lanes, settling, signing
from billing_customers.events.lanes import Claim, Head
from billing_customers.events.schedule import Randomness
from billing_customers.events.sealing import Secret, Unsealable, open_sealed
from billing_customers.events.settling import Attempt
from billing_customers.events.transport import Reply, Transport
from billing_customers.models import WebhookEndpoint, WebhookSecret

Clock = Callable[[], datetime]

USER_AGENT = f"billing-customers/{billing_customers.__version__}"
# A batch is to take about this long, so that a slow endpoint's events spread over several workers.
BATCH_TIME = timedelta(seconds=1)
# A receiver that has become slow in the middle of a batch does not keep its thread for longer.
LONGEST_BATCH = timedelta(seconds=10)
# While it is not known how long a request to the endpoint takes.
FIRST_BATCH = 1
MAX_BATCH = 500
MAX_LANES = 100
# What arrived is written at least this often, so that a crash repeats little where a batch takes longer than it should.
NOTE_EVERY = timedelta(seconds=2)
# Below this much of a lease no request is begun: the transport's deadline must lie within it.
MIN_LEASE = timedelta(seconds=30)
FAILURES_TO_STOP = 5


@dataclass(slots=True)
class Tally:
    """What one batch came to."""

    delivered: int = 0
    failed: int = 0


@dataclass
class Courier:
    """Sends events with ``transport``. May be shared by threads.

    ``clock`` and ``uniform`` stand for the time and for chance; ``is_stopping`` is asked before each request.
    """

    transport: Transport
    clock: Clock = timezone.now
    uniform: Randomness = random.uniform
    is_stopping: Callable[[], bool] = lambda: False
    _pace: dict[int, timedelta] = field(default_factory=dict)
    _claiming: dict[int, threading.Lock] = field(default_factory=dict)

    def carry(self, endpoint_pk: int) -> Tally | None:
        """Send one batch of what is due at the endpoint; ``None`` when there was nothing to do, or nothing free."""
        most = self._batch(endpoint_pk)
        # A claim finds nothing where another one is under way, so those of one process wait for each other.
        with self._claiming.setdefault(endpoint_pk, threading.Lock()):
            held = lanes.claim(
                endpoint_pk,
                lanes=min(most, MAX_LANES),
                max_in_flight=billing_settings.webhook_max_in_flight,
                at=self.clock(),
            )
        return None if held is None else _Batch(self, held, most).run()

    def note_pace(self, endpoint_pk: int, pace: timedelta) -> None:
        """Remember how long one request to the endpoint takes."""
        known = self._pace.get(endpoint_pk, pace)
        self._pace[endpoint_pk] = (known + pace) / 2

    def _batch(self, endpoint_pk: int) -> int:
        """How many requests to the endpoint make a batch."""
        pace = self._pace.get(endpoint_pk)
        if pace is None:
            return FIRST_BATCH
        return max(1, min(MAX_BATCH, int(BATCH_TIME / max(pace, timedelta(microseconds=1)))))


class _Batch:
    """One claim on its way through."""

    def __init__(self, courier: Courier, held: Claim, most: int) -> None:
        self.courier = courier
        self.held = held
        self.most = most
        self.allowed = {
            "allow_http": billing_settings.webhook_allow_http,
            "allow_private": billing_settings.webhook_allow_private_networks,
        }
        self.tally = Tally()
        self.verdicts: list[health.Verdict] = []
        self.unwritten: list[Attempt] = []
        # With those of earlier batches.
        self.failures_in_a_row = min(held.endpoint.failures, FAILURES_TO_STOP - 1)
        self.begun = courier.clock()

    def run(self) -> Tally:
        noted = self.begun
        for attempt in self._attempts():
            self.unwritten.append(attempt)
            now = self.courier.clock()
            if now - noted >= NOTE_EVERY and attempt.is_success:
                settling.note_progress(self.held, [each for each in self.unwritten if each.is_success], at=now)
                # What failed is written when its lane is let go, with the time of the next attempt.
                self.unwritten, noted = [each for each in self.unwritten if not each.is_success], now
        at = self.courier.clock()
        settling.settle(self.held, self.unwritten, at=at, uniform=self.courier.uniform)
        health.note(self.held.endpoint, self.verdicts, is_probe=self.held.is_probe, at=at, uniform=self.courier.uniform)
        if self.verdicts:
            self.courier.note_pace(self.held.endpoint.pk, (at - self.begun) / len(self.verdicts))
        return self.tally

    def _attempts(self) -> Iterator[Attempt]:
        """Send lane after lane, each up to its first failure."""
        envelope = Envelope.of(self.held.endpoint, self.courier.clock())
        for _, waiting in groupby(lanes.heads(self.held, most=self.most), key=lambda head: head.lane):
            for head in waiting:
                if not self._may_go_on():
                    return
                attempt = self._attempt(envelope, head)
                self._count(attempt)
                yield attempt
                if not attempt.is_success:
                    break

    def _attempt(self, envelope: Envelope, head: Head) -> Attempt:
        started_at = self.courier.clock()
        body = head.payload.encode()
        if envelope.fault:
            return Attempt(head, started_at, Reply(None, "configuration", envelope.fault, 0, "", None))
        headers = envelope.headers(head, body, at=started_at)
        reply = self.courier.transport.post(self.held.endpoint.url, body, headers, **self.allowed)
        return Attempt(head, started_at, reply)

    def _count(self, attempt: Attempt) -> None:
        if attempt.is_success:
            self.tally.delivered += 1
            self.failures_in_a_row = 0
        else:
            self.tally.failed += 1
            self.failures_in_a_row += 1
        is_gone = attempt.reply.status == settling.GONE
        verdict = health.Verdict(attempt.head.lane, attempt.is_success, is_gone, attempt.retry_after)
        self.verdicts.append(verdict)
        if is_gone:
            self.failures_in_a_row = FAILURES_TO_STOP

    def _may_go_on(self) -> bool:
        if self.courier.is_stopping() or self.failures_in_a_row >= FAILURES_TO_STOP:
            return False
        now = self.courier.clock()
        if now - self.begun >= LONGEST_BATCH:
            return False
        if self.held.lease_until - now >= MIN_LEASE:
            return True
        renewed = lanes.renew(self.held, at=now)
        if renewed is None:
            return False
        self.held = renewed
        return True


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every request of a batch carries. ``fault`` says why nothing can be sent."""

    dialect: str
    secrets: tuple[Secret, ...]
    authorization: str
    fault: str = ""

    @classmethod
    def of(cls, endpoint: WebhookEndpoint, at: datetime) -> Envelope:
        """Open the endpoint's secrets that are live at ``at``, the newest first."""
        rows = WebhookSecret.objects.for_site(endpoint.site_id).filter(endpoint=endpoint).order_by("-id")
        purpose = secret_purpose(endpoint)
        try:
            secrets = tuple(open_sealed(row.sealed, purpose=purpose) for row in rows if row.is_live(at))
            authorization = ""
            if endpoint.basic_auth_username:
                sealed = endpoint.basic_auth_password
                password = open_sealed(sealed, purpose=password_purpose(endpoint)).reveal() if sealed else ""
                authorization = signing.basic_auth(endpoint.basic_auth_username, password)
        except Unsealable as error:
            return cls(endpoint.dialect, (), "", str(error))
        return cls(endpoint.dialect, secrets, authorization)

    def headers(self, head: Head, body: bytes, *, at: datetime) -> Mapping[str, str]:
        """The headers of one attempt; the time is the attempt's, the id is the event's."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": USER_AGENT,
            "webhook-attempt": str(head.attempts + 1),
            **signing.standard_headers(self.secrets, message_id=head.event_id, at=at, body=body),
        }
        if head.sequence is not None:
            headers["webhook-sequence"] = str(head.sequence)
        if self.dialect == DialectName.CHING and self.secrets:
            headers["Ching-Signature"] = signing.ching_signature(self.secrets[0], body)
            if len(self.secrets) > 1:
                headers["Ching-Signature-Previous"] = signing.ching_signature(self.secrets[1], body)
        if self.authorization:
            headers["Authorization"] = self.authorization
        return headers


def secret_purpose(endpoint: WebhookEndpoint) -> str:
    """What a sealed signing secret is bound to: it opens for no other endpoint."""
    return f"endpoint:{endpoint.public_id}:secret"


def password_purpose(endpoint: WebhookEndpoint) -> str:
    """What a sealed password of basic auth is bound to."""
    return f"endpoint:{endpoint.public_id}:password"
