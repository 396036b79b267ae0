"""API keys as DRF sees them. The key alone selects project and mode; host and path never do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from billing_customers.choices import Scope
from billing_customers.conf import billing_settings
from billing_customers.dialects.faults import InsufficientScope
from billing_customers.models import ApiKey
from billing_customers.operations import api_keys

MAX_HEADER = 512


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Whoever holds the key; stands where DRF expects a user."""

    key: ApiKey
    is_authenticated: ClassVar[bool] = True


class KeyAuthentication(BaseAuthentication):
    """Finds the key in the ``Authorization`` header. What is wrong with it is never told."""

    def key_text(self, header: str) -> str | None:
        """The text of the key in ``header``, or ``None`` when it is not of this dialect's form."""
        raise NotImplementedError

    def authenticate(self, request: Request) -> tuple[ApiClient, ApiKey]:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        text = self.key_text(header) if len(header) <= MAX_HEADER else None
        now = timezone.now()
        key = api_keys.find_api_key(text, at=now) if text else None
        if key is None:
            raise AuthenticationFailed
        api_keys.note_use(key, at=now)
        return ApiClient(key), key


def key_of(request: Request) -> ApiKey:
    """The key that :class:`KeyAuthentication` found."""
    key: ApiKey = request.auth  # type: ignore[assignment]
    return key


class KeyHasScope(BasePermission):
    """``read`` for GET, ``write`` for everything else, unless the view names a scope for the action."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        usual = Scope.READ if request.method in {"GET", "HEAD"} else Scope.WRITE
        needed = getattr(view, "action_scopes", {}).get(getattr(view, "action", None), usual)
        if needed not in key_of(request).scope_set:
            raise InsufficientScope(needed)
        return True


class KeyThrottle(BaseThrottle):
    """Counts by API key, never by address, in the database, so that all processes share one count."""

    retry_after: int | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        rate = billing_settings.throttle_rate
        if rate is not None:
            self.retry_after = api_keys.take_call(key_of(request), rate, at=timezone.now())
        return self.retry_after is None

    def wait(self) -> float | None:
        return self.retry_after
