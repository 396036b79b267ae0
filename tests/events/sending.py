"""A receiver without a network and a clock that tests turn: what a courier does can be told to the second."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing_customers.actors import UNKNOWN
from billing_customers.events import sealing
from billing_customers.events.delivery import Courier, secret_purpose
from billing_customers.events.lanes import due_endpoints
from billing_customers.events.transport import Reply
from billing_customers.models import BillingSite, Customer, WebhookEndpoint, WebhookSecret
from billing_customers.operations.customers import create_customer, update_customer
from tests.fixtures import NOW

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Clock:
    """The time, which goes on only when it is told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Receiver:
    """Stands in for the transport. ``answer`` gives the status for a body and the time it came at."""

    clock: Clock
    answer: Callable[[dict[str, Any]], int | Reply] = lambda body: 200
    takes: timedelta = timedelta(0)
    got: list[tuple[datetime, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    arrived: list[dict[str, Any]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: Any, **allow: bool) -> Reply:
        said = json.loads(body)
        self.got.append((self.clock.now, said, dict(headers)))
        self.clock.now += self.takes
        answer = self.answer(said)
        reply = answer if isinstance(answer, Reply) else Reply(answer, "", "", 1, "", None)
        if reply.status is not None and 200 <= reply.status < 300:
            self.arrived.append(said)
        return reply

    @property
    def calls(self) -> int:
        return len(self.got)

    def names(self) -> list[str]:
        """The customers' names in what arrived, in order."""
        return [said["data"]["name"] for said in self.arrived]


def no_jitter(low: float, high: float) -> float:
    return (low + high) / 2


def courier_of(receiver: Receiver) -> Courier:
    return Courier(receiver, clock=receiver.clock, uniform=no_jitter)


def drain(courier: Courier, *, rounds: int = 10_000) -> int:
    """Carry until nothing is due; return how many events arrived."""
    delivered = 0
    for _ in range(rounds):
        due = due_endpoints(at=courier.clock())
        if not due:
            return delivered
        for endpoint in due:
            tally = courier.carry(endpoint)
            delivered += tally.delivered if tally else 0
    raise AssertionError("It never came to an end.")


def make_endpoint(site: BillingSite, *, dialect: str = "ching", **columns: Any) -> WebhookEndpoint:
    """An endpoint with the secret :data:`SECRET`."""
    number = WebhookEndpoint.objects.for_site(site).count() + 1
    endpoint = WebhookEndpoint(
        site=site,
        public_id=f"we_{number}",
        number=number,
        dialect=dialect,
        url="https://hooks.example.com/in",
        events=columns.pop("events", ["*"]),
        created_at=NOW,
        updated_at=NOW,
        resource_version=1,
        **columns,
    )
    endpoint.save(force_insert=True)
    sealed = sealing.seal(SECRET, purpose=secret_purpose(endpoint))
    WebhookSecret(site=site, endpoint=endpoint, sealed=sealed, hint="…aLaSw", created_at=NOW).save(force_insert=True)
    return endpoint


def customer_named(site: BillingSite, public_id: str, *, at: datetime = NOW, actor: Any = UNKNOWN) -> Customer:
    """A new customer whose name is its id."""
    return create_customer(site=site, attributes={"name": public_id}, public_id=public_id, actor=actor, at=at)


def rename(site: BillingSite, public_id: str, name: str, *, at: datetime = NOW) -> Customer:
    """One more event of the customer."""
    return update_customer(site=site, public_id=public_id, attributes={"name": name}, at=at)
