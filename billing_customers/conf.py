"""Settings, read late: ``BILLING_CUSTOMERS = {...}`` in the host's settings. None is required."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings

NAME = "BILLING_CUSTOMERS"
KNOWN = frozenset({"API_KEY_PREFIX", "IDEMPOTENCY_HOURS", "THROTTLE_RATE"})

_RATE = re.compile(r"\A([1-9][0-9]{0,6})/(sec|min|hour|day)\Z")
_SECONDS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class Rate:
    """``calls`` allowed in each window of ``seconds``."""

    calls: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read ``"150/min"``; the units are sec, min, hour and day. Raises ``ValueError`` for anything else."""
        match = _RATE.match(text)
        if match is None:
            raise ValueError(f"{text!r} is not a rate such as '150/min'.")
        return cls(calls=int(match[1]), seconds=_SECONDS[match[2]])


class Settings:
    """Typed properties over ``settings.BILLING_CUSTOMERS``, each with its default."""

    @property
    def raw(self) -> dict[str, Any]:
        value: dict[str, Any] = getattr(settings, NAME, {})
        return value

    @property
    def throttle_rate(self) -> Rate | None:
        """Calls allowed per API key, such as ``"150/min"``. ``None``, the default, is no limit."""
        text = self.raw.get("THROTTLE_RATE")
        return Rate.parse(text) if text else None

    @property
    def idempotency_window(self) -> timedelta:
        """How long a stored response is replayed. Default 24 hours."""
        return timedelta(hours=self.raw.get("IDEMPOTENCY_HOURS", 24))

    @property
    def api_key_prefix(self) -> str:
        """First part of a new API key, before ``_test_`` or ``_live_``. Default ``"ck"``."""
        prefix: str = self.raw.get("API_KEY_PREFIX", "ck")
        return prefix


billing_settings = Settings()
