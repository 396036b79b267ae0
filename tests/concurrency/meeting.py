"""Two threads that meet at a chosen point: one stops inside its transaction while the other begins."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from billing_customers import signals

HOLD = 0.3  # seconds in which the other one runs into whatever lock there is
PATIENCE = 20


class Meeting:
    """``held_at_signal`` for the one that stops, ``wait`` for the one that begins then."""

    def __init__(self) -> None:
        self._reached = threading.Event()

    def wait(self) -> None:
        """Until the other one has stopped."""
        assert self._reached.wait(PATIENCE)

    def hold(self) -> None:
        """Stop here for a moment."""
        self._reached.set()
        time.sleep(HOLD)

    @contextmanager
    def held_at_signal(self) -> Iterator[None]:
        """This thread's signals of the domain stop for a moment: its rows are written, and not committed."""
        owner = threading.get_ident()

        def receive(sender: Any, **named: Any) -> None:
            if threading.get_ident() == owner:
                self.hold()

        for signal in (signals.customer_created, signals.customer_updated, signals.customer_deleted):
            signal.connect(receive)
        try:
            yield
        finally:
            for signal in (signals.customer_created, signals.customer_updated, signals.customer_deleted):
                signal.disconnect(receive)
