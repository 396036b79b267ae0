"""Who makes a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["api", "admin_console", "scheduled_job", "system", "none"]


@dataclass(frozen=True, slots=True)
class Actor:
    """``source`` as Chargebee's events spell it; ``name`` is a key's hint, a member of staff or a job, never a
    secret. ``silences_webhooks`` asks that what it does be recorded, but sent to nobody.
    """

    source: Source
    name: str = ""
    silences_webhooks: bool = False


UNKNOWN = Actor("none")
