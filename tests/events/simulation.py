"""Days of deliveries in seconds: the real worker and its threads, and a clock that leaps to whatever is due next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Min

from billing_customers.events.schedule import Randomness
from billing_customers.models import Lane, WebhookEndpoint
from billing_customers.work.worker import Worker
from tests.events.sending import Clock, Receiver, no_jitter

# No two looks of a worker are closer.
LOOK = timedelta(seconds=1)


@dataclass
class Simulation:
    """One endpoint, at ``receiver``. ``uniform`` is chance: ``min`` draws the shortest delays, ``max`` the longest."""

    clock: Clock = field(default_factory=Clock)
    uniform: Randomness = no_jitter
    receiver: Receiver = field(init=False)

    def __post_init__(self) -> None:
        self.receiver = Receiver(self.clock)

    @property
    def wasted(self) -> int:
        """Requests that did not arrive."""
        return self.receiver.calls - len(self.receiver.arrived)

    def arrived(self) -> dict[str, list[str]]:
        """The names that each customer was given, by its id, in the order of their arrival."""
        names: dict[str, list[str]] = {}
        for said in self.receiver.arrived:
            names.setdefault(said["data"]["id"], []).append(said["data"]["name"])
        return names

    def work(self) -> None:
        """Do what is due at the moment."""
        worker = Worker(threads=5, does_jobs=False, clock=self.clock, transport=self.receiver)
        worker._courier.uniform = self.uniform
        worker.run(once=True)

    def work_until(self, until: datetime) -> None:
        """Do all that falls due, to the moment ``until``."""
        self.work()
        while (due := self._next()) is not None and due <= until:
            self.clock.now = due
            self.work()
        self.clock.now = max(until, self.clock.now)

    def work_for(self, **span: float) -> None:
        self.work_until(self.clock() + timedelta(**span))

    def _next(self) -> datetime | None:
        """When something is due next; nothing is now."""
        endpoint = WebhookEndpoint.objects.get()
        waiting: datetime | None = Lane.objects.aggregate(next=Min("ready_at"))["next"]
        due = waiting if endpoint.opened_at is None or waiting is None else endpoint.probe_at
        return None if due is None else max(due, self.clock() + LOOK)
