"""The embedded engine: one process that looks for what is due and hands it to its threads."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from django.db import InterfaceError, OperationalError, connections, reset_queries
from django.utils import timezone

from billing_customers.conf import billing_settings
from billing_customers.events import lanes
from billing_customers.events.delivery import Courier
from billing_customers.events.transport import Transport
from billing_customers.work import jobs, recurring
from billing_customers.work.crew import Crew
from billing_customers.work.handlers import Clock
from billing_customers.work.progress import Counts, Progress
from billing_customers.work.turns import Turns

logger = logging.getLogger("billing_customers.worker")

# Seconds between two looks while there is work.
BUSY_PAUSE = 0.25
# Seconds until the database is tried again, doubled each time up to the second.
RECOVERY_PAUSES = (0.5, 10.0)
# Another thread may be claiming at the very moment: how often, and after how many seconds, one tries again.
RETRIES, RETRY_PAUSE = 3, 0.01
# With ``once``: how often an endpoint is tried that other workers keep to themselves.
MAX_REFUSALS = 8
# Of the time that has passed, beyond which more threads would only get in each other's way.
BUSY_CPU = 0.8


@dataclass(frozen=True, slots=True)
class _Done:
    """A thread's report. ``endpoint`` is null for jobs; ``error`` is what an endpoint or a job could not help."""

    endpoint: int | None
    did_something: bool = False
    error: Exception | None = None


class Worker:
    """Sends events and carries out jobs with at most ``threads`` threads, looking for work every ``interval`` seconds.

    :meth:`stop` ends it, from a signal handler or another thread: requests under way end, what became of them is
    written, and whatever was claimed is let go.
    """

    def __init__(
        self,
        *,
        threads: int = 8,
        interval: float = 1.0,
        does_deliveries: bool = True,
        does_jobs: bool = True,
        clock: Clock = timezone.now,
        transport: Transport | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.counts = Counts()
        # Its ``put`` may interrupt its own ``get``, as a signal handler does; no lock of ``threading`` survives that.
        self._mail: SimpleQueue[_Done | None] = SimpleQueue()
        self._crew: Crew[_Done | None] = Crew(threads, self._mail.put)
        self._interval = interval
        self._does_deliveries, self._does_jobs = does_deliveries, does_jobs
        self._clock = clock
        self._courier = Courier(transport or Transport(), clock=clock, is_stopping=lambda: self._is_stopping)
        self._progress = progress or Progress()
        self._is_stopping = False
        self._is_once = False
        self._is_armed = False
        self._turns = Turns()
        self._job_threads, self._max_job_threads = 0, max(1, threads // 4)
        self._others_wait = False
        self._broken: Exception | None = None
        # Endpoints at which an error of our own was met, for a worker that works once.
        self._given_up: set[int] = set()
        self._cpu = _CpuShare()

    def stop(self) -> None:
        """Begin nothing more. Can be repeated."""
        self._is_stopping = True
        self._mail.put(None)

    def run(self, *, once: bool = False) -> Counts:
        """Work until :meth:`stop`, or with ``once`` until nothing is due; return what was done.

        A database that fails is waited for; with ``once``, what it raised is raised.
        """
        self._is_once = once
        pause = recovery = 0.0
        with self._crew:
            while not self._is_stopping:
                is_idle = self._tried_to_look()
                if self._broken is not None:
                    if once:
                        break
                    recovery = min(max(2 * recovery, RECOVERY_PAUSES[0]), RECOVERY_PAUSES[1])
                    self._wait(recovery)
                    continue
                if once and is_idle:
                    break
                recovery = 0.0
                pause = min(max(2 * pause, BUSY_PAUSE) if is_idle else BUSY_PAUSE, self._interval)
                self._wait(pause)
            self._is_stopping = True
        if once and self._broken is not None:
            raise self._broken
        self._progress.finish(self.counts)
        return self.counts

    def _tried_to_look(self) -> bool:
        """Hand out what is due; return whether there is nothing to do and nothing being done."""
        self._broken = None
        self._read_mail()
        try:
            found = self._look()
        except (OperationalError, InterfaceError) as error:
            self._drop_connections(error)
            self._broken = error
            return True
        finally:
            reset_queries()
        return not found and not self._crew.busy

    def _look(self) -> bool:
        at = self._clock()
        if self._does_jobs and not self._is_armed:
            recurring.ensure_recurring(at=at)
            self._is_armed = True
        has_jobs = self._does_jobs and self._job_threads < self._max_job_threads and jobs.is_due(at=at)
        if has_jobs and self._crew.free:
            self._job_threads += 1
            self._crew.hand(self._carry_out)
        due = lanes.due_endpoints(at=at) if self._does_deliveries else []
        if self._is_once:
            due = [pk for pk in due if pk not in self._given_up and self._turns.refusals(pk) < MAX_REFUSALS]
        most, may_grow = billing_settings.webhook_max_in_flight, self._cpu.since_last() < BUSY_CPU
        for pk in self._turns.give(due, free=self._crew.free, most=most, may_grow=may_grow):
            self._crew.hand(partial(self._serve, pk))
        waiting = self._turns.unserved(due)
        self._others_wait = bool(waiting) or (has_jobs and not self._job_threads)
        self._progress.tick(self.counts, waiting=len(due))
        return has_jobs or bool(due)

    def _wait(self, seconds: float) -> None:
        """Until it is time to look again: earlier when a thread is free that others wait for."""
        until = time.monotonic() + seconds
        while not self._is_stopping and (left := until - time.monotonic()) > 0:
            try:
                self._note(self._mail.get(timeout=left))
            except Empty:
                return
            if self._others_wait or self._is_once:
                return

    def _read_mail(self) -> None:
        while not self._mail.empty():
            self._note(self._mail.get())

    def _note(self, done: _Done | None) -> None:
        if done is None:
            return
        if done.endpoint is None:
            self._job_threads -= 1
        else:
            self._turns.end(done.endpoint, did_something=done.did_something)
        if isinstance(done.error, OperationalError | InterfaceError):
            self._broken = done.error
        elif done.error is not None and done.endpoint is not None:
            self._turns.rest(done.endpoint)
            self._given_up.add(done.endpoint)

    # What follows runs in threads.

    def _serve(self, endpoint: int) -> _Done:
        """Carry batch after batch to the endpoint, until there is none or others wait for the thread."""
        did_something, misses = False, 0
        try:
            while not self._is_stopping:
                tally = self._courier.carry(endpoint)
                reset_queries()
                if tally is None:
                    misses += 1
                    if not did_something or misses > RETRIES:
                        break
                    time.sleep(RETRY_PAUSE * random.uniform(0.5, 1.5))  # noqa: S311 - spreads threads
                    continue
                did_something, misses = True, 0
                self.counts.add_batch(tally)
                if self._others_wait:
                    break
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker goes on
            return self._after(error, endpoint, did_something=did_something)
        return _Done(endpoint, did_something)

    def _carry_out(self) -> _Done:
        """Carry out job after job, until there is none or others wait for the thread."""
        try:
            while not self._is_stopping:
                outcome = jobs.run_due(clock=self._clock, is_stopping=lambda: self._is_stopping)
                reset_queries()
                if outcome is None:
                    break
                self.counts.add_job(outcome)
                if self._others_wait:
                    break
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker goes on
            return self._after(error, None)
        return _Done(None)

    def _after(self, error: Exception, endpoint: int | None, *, did_something: bool = False) -> _Done:
        if isinstance(error, OperationalError | InterfaceError):
            self._drop_connections(error)
        else:
            logger.error("the worker met an error at endpoint %s", endpoint, exc_info=error)
        return _Done(endpoint, did_something, error)

    def _drop_connections(self, error: Exception) -> None:
        """After a restart of the database, say: the thread's next query makes another connection."""
        logger.warning("the database failed: %s", type(error).__name__)
        connections.close_all()


class _CpuShare:
    """How much of the time between two questions this process has computed: 1.0 is one core, all of the time."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def since_last(self) -> float:
        wall, cpu = time.monotonic(), time.process_time()
        share = (cpu - self._cpu) / max(wall - self._wall, 1e-6)
        self._wall, self._cpu = wall, cpu
        return share
