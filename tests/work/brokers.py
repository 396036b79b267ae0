"""Redis and RabbitMQ as Celery's brokers, with a queue that no other test shares, and Celery's own processes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import kombu.pools
from celery import Celery, _state
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from tests.conftest import answers, require
from tests.work.children import Child, child

BROKERS = ("redis", "rabbitmq")
# What a worker says to others of its kind is of no use here.
_ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker at the port of this machine, and the name of a queue of one's own there."""

    name: str
    port: int
    queue: str = field(default_factory=lambda: f"billing-test-{secrets.token_hex(8)}")

    @property
    def url(self) -> str:
        if self.name == "redis":
            return f"redis://127.0.0.1:{self.port}/9"
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @property
    def options(self) -> dict[str, Any]:
        """For the transport. Whoever has published may look into the queue at once."""
        return {"global_keyprefix": f"{self.queue}:"} if self.name == "redis" else {"confirm_publish": True}

    def at(self, port: int) -> Broker:
        """The same by way of another port."""
        return Broker(self.name, port, self.queue)

    def configuration(self) -> dict[str, Any]:
        """For the Celery app of a host."""
        return {
            "broker_url": self.url,
            "broker_transport_options": self.options,
            "broker_connection_retry_on_startup": True,
            "task_default_queue": self.queue,
            "worker_prefetch_multiplier": 1,
        }

    def take(self) -> list[tuple[str, list[Any]]]:
        """Take all messages out of the queue; the name and the arguments of each task, in their order."""
        found = []
        with self._connection() as connection:
            channel = connection.channel()
            self._declared(channel)
            while (message := channel.basic_get(self.queue, no_ack=True)) is not None:
                taken = channel.message_to_python(message)
                arguments, *_ = json.loads(taken.body)
                found.append((taken.headers["task"], arguments))
        return found

    def remove(self) -> None:
        """Leave nothing behind."""
        with self._connection() as connection:
            channel = connection.channel()
            if self.name == "redis":
                for key in channel.client.scan_iter(f"{self.queue}:*"):
                    # The client puts the prefix in front by itself.
                    channel.client.delete(key.decode().removeprefix(f"{self.queue}:"))
            else:
                channel.queue_delete(self.queue)
                channel.exchange_delete(self.queue)

    def _connection(self) -> AbstractContextManager[Connection]:
        connection: AbstractContextManager[Connection] = Connection(self.url, transport_options=self.options)
        return connection

    def _declared(self, channel: Any) -> None:
        Queue(self.queue, Exchange(self.queue), self.queue).bind(channel).declare()


def broker_named(name: str) -> Broker:
    """The broker as it is on this machine."""
    found = Broker(name, {"redis": 6379, "rabbitmq": 5672}[name])
    require(answers("127.0.0.1", found.port), f"The broker {name} at 127.0.0.1:{found.port}")
    return found


@contextmanager
def host_app(configuration: dict[str, Any]) -> Iterator[Celery]:
    """The Celery app of this process, as long as the block lasts."""
    current, default = getattr(_state._tls, "current_app", None), _state.default_app
    app = Celery("host", fixups=[])
    app.conf.update(configuration)
    app.set_default()
    try:
        yield app
    finally:
        kombu.pools.reset()
        app.close()
        _state._set_current_app(current)
        _state.set_default_app(default)


def celery_worker(
    broker: Broker, folder: Path, *, sweeps_every: float | None = None, faults: str | None = None
) -> AbstractContextManager[Child]:
    """``celery worker`` with two processes for tasks, and with beat where ``sweeps_every`` (seconds) is given.

    ``folder`` is for the file of beat; ``faults`` is for :mod:`tests.work.celery_app`.
    """
    name = f"{secrets.token_hex(4)}@{broker.queue}"
    command = ["worker", "--hostname", name, "--concurrency", "2", *_ALONE]
    beat = [] if sweeps_every is None else ["--beat", "--schedule", str(folder / "beat")]
    return _celery([*command, *beat], broker, sweeps_every, faults)


def celery_beat(broker: Broker, folder: Path, *, sweeps_every: float) -> AbstractContextManager[Child]:
    """``celery beat``, which asks for a sweep every so many seconds."""
    return _celery(["beat", "--schedule", str(folder / "beat"), "--loglevel", "WARNING"], broker, sweeps_every, None)


def _celery(
    command: Sequence[str], broker: Broker, sweeps_every: float | None, faults: str | None
) -> AbstractContextManager[Child]:
    configuration = broker.configuration()
    if sweeps_every is not None:
        entry = {"task": "billing_customers.sweep", "schedule": sweeps_every, "options": {"expires": 10}}
        configuration["beat_schedule"] = {"sweep": entry}
    variables = {"TEST_CELERY": json.dumps(configuration)}
    if faults is not None:
        variables["TEST_CELERY_FAULTS"] = faults
    app = ("celery", "-A", "tests.work.celery_app")
    return partial(child, variables=variables, WORK_ENGINE="celery")(*app, *command)
