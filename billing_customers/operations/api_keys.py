"""Make, find, roll and revoke API keys."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import DatabaseError, models, transaction

from billing_customers import key_text
from billing_customers.choices import Scope
from billing_customers.conf import Rate, billing_settings
from billing_customers.exceptions import InvalidInput, InvalidState, Issue
from billing_customers.models import ApiKey, BillingSite
from billing_customers.operations import locks
from billing_customers.statements import Statement

MAX_NAME = 100
MAX_OVERLAP = timedelta(days=7)
DEFAULT_OVERLAP = timedelta(hours=24)
LAST_USED_RESOLUTION = timedelta(minutes=1)

# Model._meta is public in all but name.
_KEY_COLUMNS = [field.attname for field in ApiKey._meta.concrete_fields]  # noqa: SLF001
_SITE_COLUMNS = [field.attname for field in BillingSite._meta.concrete_fields]  # noqa: SLF001
_BY_DIGEST = Statement(
    ApiKey,
    lambda digest: ApiKey.objects.filter(digest=digest).values_list(
        *_KEY_COLUMNS, *(f"site__{column}" for column in _SITE_COLUMNS)
    ),
    str,
)


def create_api_key(
    *,
    site: BillingSite,
    scopes: Iterable[str] = (Scope.READ,),
    name: str = "",
    expires_at: datetime | None = None,
    at: datetime,
) -> tuple[ApiKey, str]:
    """Make a key for ``site``; return it and its text, which cannot be had again.

    ``scopes`` are values of :class:`~billing_customers.choices.Scope`. Raises :class:`InvalidInput`.
    """
    wanted = list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in Scope.values]
    if unknown or not wanted:
        raise InvalidInput([Issue("scopes", "Must be some of " + ", ".join(Scope.values) + ".")])
    if expires_at is not None and expires_at <= at:
        raise InvalidInput([Issue("expires_at", "Must be in the future.")])
    if len(name) > MAX_NAME:
        raise InvalidInput([Issue("name", f"Must have at most {MAX_NAME} characters.")])
    text = key_text.new_key(billing_settings.api_key_prefix, livemode=site.livemode)
    key = ApiKey(
        site=site,
        name=name,
        digest=key_text.digest(text),
        hint=key_text.hint(text),
        scopes=" ".join(wanted),
        expires_at=expires_at,
        created_at=at,
    )
    key.save(force_insert=True)
    return key, text


def find_api_key(text: str, *, at: datetime) -> ApiKey | None:
    """The usable key with this text, its site loaded, or ``None``.

    One query for a well-formed text, none for any other. An unknown, a revoked and an expired key are not told apart.
    """
    if not key_text.is_well_formed(text):
        return None
    digest = key_text.digest(text)
    rows = _BY_DIGEST.rows(digest)
    if not rows:
        return None
    key = ApiKey.from_db(locks.database(), _KEY_COLUMNS, rows[0][: len(_KEY_COLUMNS)])
    key.site = BillingSite.from_db(locks.database(), _SITE_COLUMNS, rows[0][len(_KEY_COLUMNS) :])
    if not hmac.compare_digest(key.digest, digest) or not key.is_usable(at):
        return None
    return key


def note_use(key: ApiKey, *, at: datetime) -> None:
    """Remember that ``key`` was used, at most once a minute. A database that cannot write now is no reason to fail."""
    if key.last_used_at is not None and at - key.last_used_at < LAST_USED_RESOLUTION:
        return
    stale = models.Q(last_used_at=None) | models.Q(last_used_at__lte=at - LAST_USED_RESOLUTION)
    with contextlib.suppress(DatabaseError), transaction.atomic(using=locks.database()):
        ApiKey.objects.for_site(key.site_id).filter(stale, pk=key.pk).update(last_used_at=at)


def take_call(key: ApiKey, rate: Rate, *, at: datetime) -> int | None:
    """Count one call of ``key``; return ``None`` if it is within ``rate``, else the seconds until the next window.

    One conditional UPDATE, so parallel calls cannot slip through between a read and a write.
    """
    now = int(at.timestamp())
    # Where the window begins, in seconds: a number that goes on rising when the rate is changed.
    window = now - now % rate.seconds
    # A call that was read into an older window than the last one counts there: windows never go back.
    is_first = models.Q(throttle_window__lt=window)
    allowed = ApiKey.objects.for_site(key.site_id).filter(is_first | models.Q(throttle_calls__lt=rate.calls), pk=key.pk)
    calls = models.Case(models.When(is_first, then=1), default=models.F("throttle_calls") + 1)
    latest = models.Case(
        models.When(is_first, then=window), default=models.F("throttle_window"), output_field=models.BigIntegerField()
    )
    if allowed.update(throttle_calls=calls, throttle_window=latest):
        return None
    return window + rate.seconds - now


def revoke_api_key(*, key: ApiKey, at: datetime) -> ApiKey:
    """End ``key`` at once and for good; return it. Revoking twice keeps the first time."""
    ApiKey.objects.for_site(key.site_id).filter(pk=key.pk, revoked_at=None).update(revoked_at=at)
    key.refresh_from_db()
    return key


def roll_api_key(*, key: ApiKey, overlap: timedelta = DEFAULT_OVERLAP, at: datetime) -> tuple[ApiKey, str]:
    """Make a successor with the same site, name and scopes; the old key ends after ``overlap`` (0 to 7 days).

    Return the successor and its text. Raises :class:`InvalidState` for a key that has ended or was rolled before,
    :class:`InvalidInput` for the overlap.
    """
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise InvalidInput([Issue("overlap", "Must be from 0 to 7 days.")])
    with transaction.atomic(using=locks.database()):
        old = ApiKey.objects.for_site(key.site_id).select_for_update().get(pk=key.pk)
        if not old.is_usable(at) or old.successor_id is not None:
            raise InvalidState("Only a key in use that was not rolled before can be rolled.")
        successor, text = create_api_key(site=key.site, scopes=old.scopes.split(), name=old.name, at=at)
        old.successor = successor
        old.expires_at = min(old.expires_at or at + overlap, at + overlap)
        old.save(update_fields=["successor", "expires_at"])
        return successor, text
