"""Settings, read late: ``BILLING_CUSTOMERS = {...}`` in the host's settings. None is required."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from billing_customers.neighbors import Neighbor

NAME = "BILLING_CUSTOMERS"
KNOWN = frozenset(
    {
        "API_KEY_PREFIX",
        "ENCRYPTION_KEYS",
        "GATEWAYS",
        "HIERARCHY_MAX_CHILDREN",
        "HIERARCHY_MAX_LEVELS",
        "IDEMPOTENCY_HOURS",
        "NEIGHBORS",
        "THROTTLE_RATE",
        "WEBHOOK_ALLOW_HTTP",
        "WEBHOOK_ALLOW_PRIVATE_NETWORKS",
        "WEBHOOK_MAX_IN_FLIGHT",
        "WORK_ENGINE",
    }
)

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

    @property
    def encryption_keys(self) -> list[bytes]:
        """Keys of 32 bytes that secrets are sealed with; the first seals, every one opens.

        Set as base64. The default is derived from ``SECRET_KEY`` and ``SECRET_KEY_FALLBACKS``.
        """
        given = self.raw.get("ENCRYPTION_KEYS")
        if given:
            return [decoded_key(text) for text in given]
        return [_derived(text) for text in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]

    @property
    def gateways(self) -> dict[str, str]:
        """Adapters of the host, as dotted paths by the names that accounts know them by. Default none."""
        return dict(self.raw.get("GATEWAYS", {}))

    @property
    def hierarchy_max_levels(self) -> int:
        """Levels of an account hierarchy, the root's and the lowest included. Default 5."""
        return int(self.raw.get("HIERARCHY_MAX_LEVELS", 5))

    @property
    def hierarchy_max_children(self) -> int:
        """Customers right below one. Default 250."""
        return int(self.raw.get("HIERARCHY_MAX_CHILDREN", 250))

    @property
    def neighbors(self) -> tuple[Neighbor, ...]:
        """The host's own models around a customer, as :class:`~billing_customers.neighbors.ModelNeighbor`. Default
        none.
        """
        return tuple(self.raw.get("NEIGHBORS", ()))

    @property
    def webhook_allow_private_networks(self) -> bool:
        """Whether webhooks may go to private, loopback and link-local addresses. Default no."""
        return bool(self.raw.get("WEBHOOK_ALLOW_PRIVATE_NETWORKS", False))

    @property
    def webhook_allow_http(self) -> bool:
        """Whether webhooks may go over plain HTTP. Default: only where private networks are allowed."""
        return bool(self.raw.get("WEBHOOK_ALLOW_HTTP", self.webhook_allow_private_networks))

    @property
    def webhook_max_in_flight(self) -> int:
        """Requests that are on their way to one endpoint at a time, over all workers. Default 5."""
        return int(self.raw.get("WEBHOOK_MAX_IN_FLIGHT", 5))

    @property
    def work_engine(self) -> str:
        """What carries out jobs and deliveries: ``"worker"`` (the default), ``"celery"`` or ``"tasks"``."""
        engine: str = self.raw.get("WORK_ENGINE", "worker")
        return engine


def decoded_key(text: str) -> bytes:
    """The 32 bytes of a key in base64. Raises ``ValueError`` for anything else."""
    try:
        key = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, TypeError) as error:
        raise ValueError("An encryption key must be base64.") from error
    if len(key) != 32:
        raise ValueError("An encryption key must have 32 bytes.")
    return key


def _derived(secret_key: str | bytes) -> bytes:
    material = secret_key if isinstance(secret_key, bytes) else secret_key.encode()
    return hashlib.sha256(b"billing_customers.sealing\x00" + material).digest()


billing_settings = Settings()
