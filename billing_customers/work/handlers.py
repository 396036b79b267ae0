"""Who carries out which kind of job, and what a handler is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing_customers.events.record import database
from billing_customers.models import BillingSite, Job

Clock = Callable[[], datetime]

LEASE = timedelta(seconds=60)
# Progress is written no more often than this.
PROGRESS_EVERY = timedelta(seconds=1)


class Interrupted(Exception):
    """The worker stops: the job goes back as it is, is no failure, and begins again where there is a worker."""


class NotYet(Exception):
    """What the job waits for has not happened: nothing is wrong, and it is tried again by its schedule."""


class Refused(Exception):
    """Trying again would change nothing: the job has failed, whatever attempts are left."""


class LeaseLost(Exception):
    """The job was cancelled, or another worker has taken it over: whatever this one does now counts for nothing."""


@dataclass
class RunningJob:
    """A job as its handler sees it. ``job`` is the row as it was claimed.

    A handler must be repeatable: a worker that dies, or is cut off for longer than its lease of 60 seconds, is followed
    by another that begins anew with the same ``arguments``.
    """

    job: Job
    clock: Clock
    is_stopping: Callable[[], bool]
    _written_at: datetime | None = None

    @property
    def site(self) -> BillingSite:
        """The site of the job. Raises ``ValueError`` for a job of the whole installation."""
        if self.job.site is None:
            raise ValueError(f"A job {self.job.kind} has no site.")
        return self.job.site

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What the job was enqueued with."""
        arguments: Mapping[str, Any] = self.job.arguments
        return arguments

    def progress(self, done: int, total: int | None = None) -> None:
        """Write how far the job is (in units of the handler) and renew its lease.

        To be called at least every 30 seconds, between batches and outside transactions. It writes at most once a
        second. Raises :class:`Interrupted` when the worker stops and :class:`LeaseLost` when the job is another's;
        a handler lets both pass.
        """
        now = self.clock()
        self.job.done, self.job.total = done, total
        if self._written_at is None or now - self._written_at >= PROGRESS_EVERY:
            mine = Job.objects.using(database()).filter(pk=self.job.pk, token=self.job.token)
            if not mine.update(done=done, total=total, lease_until=now + LEASE):
                raise LeaseLost
            self._written_at = now
        if self.is_stopping():
            raise Interrupted


Carry = Callable[[RunningJob], Any]


@dataclass(frozen=True, slots=True)
class Handler:
    """``carry`` does a job of this ``kind``, and what it returns (JSON) is kept as the result.

    ``every`` makes it recurring: there is one job of it, armed anew after each run.
    """

    kind: str
    carry: Carry
    every: timedelta | None
    max_attempts: int


_handlers: dict[str, Handler] = {}


def handler(kind: str, *, every: timedelta | None = None, max_attempts: int = 10) -> Callable[[Carry], Carry]:
    """Register the decorated function for jobs of ``kind``, such as ``"webhooks.purge"``; at most 60 characters.

    Hosts may register theirs in ``AppConfig.ready``. Raises ``ValueError`` when another function has the kind.
    """

    def register(carry: Carry) -> Carry:
        known = _handlers.get(kind)
        if known is not None and known.carry is not carry:
            raise ValueError(f"The kind of job {kind!r} has a handler already.")
        if not 0 < len(kind) <= 60:
            raise ValueError(f"The kind of job {kind!r} must have 1 to 60 characters.")
        _handlers[kind] = Handler(kind, carry, every, max_attempts)
        return carry

    return register


def handlers() -> Mapping[str, Handler]:
    """All handlers by kind."""
    return _handlers


def recurring_key(kind: str) -> str:
    """The key of the one job of a recurring kind."""
    return f"every:{kind}"


def turn_key(name: str) -> str:
    """The key of a row that is no job: it tells when the turn ``name`` was last taken."""
    return f"turn:{name}"


def stands_forever(job: Job) -> bool:
    """Whether the row is upkeep, which never ends."""
    return job.key in {recurring_key(job.kind), turn_key(job.kind)}
