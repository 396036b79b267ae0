"""The endpoints that get a site's events, and their secrets."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.db import connections, transaction
from django.db.models import Max
from django.views.decorators.debug import sensitive_variables

from billing_customers.actors import UNKNOWN, Actor
from billing_customers.choices import DeliveryStatus, DisabledReason
from billing_customers.events import health, record
from billing_customers.events.delivery import password_purpose, secret_purpose
from billing_customers.events.record import Recorded
from billing_customers.events.sealing import Secret, Unsealable, new_webhook_secret, open_sealed, seal
from billing_customers.exceptions import InvalidInput, InvalidState, Issue, LimitReached, NotFound
from billing_customers.ids import new_endpoint_id
from billing_customers.models import BillingSite, Delivery, Lane, WebhookEndpoint, WebhookSecret
from billing_customers.models.webhook import EVERY_EVENT
from billing_customers.operations import locks
from billing_customers.operations.endpoint_columns import endpoint_columns
from billing_customers.operations.storing import next_version
from billing_customers.work import engines

MAX_ENDPOINTS = 16
MAX_LIVE_SECRETS = 3
DEFAULT_OVERLAP = timedelta(hours=24)
MAX_OVERLAP = timedelta(days=7)

logger = logging.getLogger("billing_customers.webhooks")


class EndpointAttributes(TypedDict, total=False):
    """What callers may say of an endpoint. An absent key leaves the attribute as it is, ``None`` unsets it.

    ``events`` are names in the words of ``dialect``, or ``["*"]``, the default.
    """

    dialect: str
    url: str
    name: str | None
    description: str | None
    events: list[str] | None
    disabled: bool | None
    is_primary: bool | None
    sends_card: bool | None
    response_schema: str | None
    basic_auth_username: str | None
    basic_auth_password: str | None


@sensitive_variables()
def create_endpoint(
    *, site: BillingSite, attributes: EndpointAttributes, actor: Actor = UNKNOWN, at: datetime
) -> tuple[WebhookEndpoint, Secret]:
    """Make an endpoint; return it and its signing secret, which cannot be had again.

    ``url`` and ``dialect`` are required. Raises :class:`InvalidInput`, and :class:`LimitReached` when the site has 16.
    Contract: CHING "POST /v1/webhooks", Chargebee "Create a webhook endpoint".
    """
    missing = [Issue(field, "Is required.") for field in ("url", "dialect") if field not in attributes]
    if missing:
        raise InvalidInput(missing)
    columns = {"events": [EVERY_EVENT], **endpoint_columns(attributes, dialect=None)}
    with transaction.atomic(using=locks.database()):
        locks.lock_value(site, "webhook_endpoints", "")
        endpoint = WebhookEndpoint(
            site=site,
            public_id=new_endpoint_id(),
            number=_next_number(site),
            created_at=at,
            updated_at=at,
            resource_version=next_version(at),
        )
        _set(endpoint, columns, at)
        if endpoint.is_primary:
            _demote_others(endpoint)
        endpoint.save(force_insert=True)
        secret = _add_secret(endpoint, at)
    _log("created", endpoint, actor)
    return endpoint, secret


@sensitive_variables()
def update_endpoint(
    *, site: BillingSite, public_id: str, attributes: EndpointAttributes, actor: Actor = UNKNOWN, at: datetime
) -> WebhookEndpoint:
    """Change what ``attributes`` names; return the endpoint. What changes nothing leaves the version.

    ``disabled`` disables by hand, and enables as :func:`enable_endpoint` does. A new URL begins with a clean record.
    Without a ``basic_auth_username`` no password is kept. Raises :class:`NotFound`, :class:`InvalidInput`.
    Contract: Chargebee "Update a webhook endpoint".
    """
    with transaction.atomic(using=locks.database()):
        if attributes.get("is_primary"):
            # In one order for all: two that make themselves primary would wait for each other's rows.
            locks.lock_value(site, "webhook_endpoints", "")
        endpoint = lock_endpoint(site, public_id)
        columns = endpoint_columns(attributes, dialect=endpoint.dialect)
        before = _columns(endpoint)
        _set(endpoint, columns, at)
        if endpoint.url != before["url"]:
            _forgive(endpoint, at)
        if endpoint.is_primary and not before["is_primary"]:
            _demote_others(endpoint)
        if _store(endpoint, before, at):
            _log("changed", endpoint, actor)
        return endpoint


def delete_endpoint(*, site: BillingSite, public_id: str, actor: Actor = UNKNOWN, at: datetime) -> WebhookEndpoint:
    """Delete an endpoint; return it. What waits for it is cancelled, its secrets are gone. Raises :class:`NotFound`.

    Contract: CHING "DELETE /v1/webhooks/:id", Chargebee "Delete a webhook endpoint".
    """
    with transaction.atomic(using=locks.database()):
        endpoint = lock_endpoint(site, public_id)
        before = _columns(endpoint)
        endpoint.deleted_at = at
        endpoint.basic_auth_password = ""
        _store(endpoint, before, at)
        # Lanes first, as workers do. Without its token one that is sending now writes nothing.
        Lane.objects.for_site(site).filter(endpoint=endpoint).update(ready_at=None, lease_until=None, token="")
        mine = Delivery.objects.for_site(site).filter(endpoint=endpoint, status=DeliveryStatus.PENDING)
        mine.update(status=DeliveryStatus.CANCELLED, finished_at=at)
        WebhookSecret.objects.for_site(site).filter(endpoint=endpoint).delete()
        _log("deleted", endpoint, actor)
        return endpoint


def enable_endpoint(*, site: BillingSite, public_id: str, actor: Actor = UNKNOWN, at: datetime) -> WebhookEndpoint:
    """Send to the endpoint again, at once: its failures are forgotten, and what waits is due. Return it.

    Raises :class:`NotFound`.
    """
    return update_endpoint(site=site, public_id=public_id, attributes={"disabled": False}, actor=actor, at=at)


def disable_endpoint(*, site: BillingSite, public_id: str, actor: Actor = UNKNOWN, at: datetime) -> WebhookEndpoint:
    """Send nothing to the endpoint, and gather no new events for it, until it is enabled; return it.

    What waits for it goes on waiting. Raises :class:`NotFound`.
    """
    return update_endpoint(site=site, public_id=public_id, attributes={"disabled": True}, actor=actor, at=at)


def rotate_secret(
    *,
    site: BillingSite,
    public_id: str,
    overlap: timedelta = DEFAULT_OVERLAP,
    actor: Actor = UNKNOWN,
    at: datetime,
) -> Secret:
    """Sign with a new secret from now on; return it. It cannot be had again.

    The old one signs too for ``overlap`` (0 to 7 days). At most three are live: with a fourth the oldest ends at once.
    Raises :class:`NotFound`, :class:`InvalidInput`.
    """
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise InvalidInput([Issue("overlap", "Must be from 0 to 7 days.")])
    with transaction.atomic(using=locks.database()):
        endpoint = lock_endpoint(site, public_id)
        secrets = WebhookSecret.objects.for_site(site).filter(endpoint=endpoint)
        secrets.filter(expires_at__lte=at).delete()
        until = at + overlap
        for number, old in enumerate(secrets.order_by("-id"), start=2):
            end = at if number > MAX_LIVE_SECRETS else min(old.expires_at or until, until)
            secrets.filter(pk=old.pk).update(expires_at=end)
        secret = _add_secret(endpoint, at)
        _touch(endpoint, at)
        _write(endpoint)
    _log("given a new secret", endpoint, actor)
    return secret


def send_ping(*, site: BillingSite, public_id: str, actor: Actor = UNKNOWN, at: datetime) -> Recorded:
    """Send the endpoint a test event, whatever it selects. Raises :class:`NotFound`, and :class:`InvalidState` for a
    disabled endpoint, which gets nothing.
    """
    with transaction.atomic(using=locks.database()):
        endpoint = lock_endpoint(site, public_id)
        if not endpoint.is_enabled:
            raise InvalidState("The endpoint is disabled: enable it first.")
        recorded = record.record_ping(site=site, endpoint=endpoint, actor=actor, at=at)
        engines.wake_deliveries(recorded.endpoints)
        return recorded


def lock_endpoint(site: BillingSite, public_id: str) -> WebhookEndpoint:
    """The kept endpoint with this id, locked for update. Raises :class:`NotFound`."""
    # Not against foreign keys: who records an event holds a lane and refers to the endpoint, here it is the other way.
    no_key = connections[locks.database()].features.has_select_for_no_key_update
    kept = WebhookEndpoint.objects.for_site(site).kept().select_for_update(no_key=no_key)
    endpoint = kept.filter(public_id=public_id).first()
    if endpoint is None:
        raise NotFound("There is no such webhook endpoint.")
    return endpoint


def _next_number(site: BillingSite) -> int:
    """One more than any endpoint had, deleted ones too: CHING's ids are not given twice."""
    endpoints = WebhookEndpoint.objects.using(locks.database()).for_site(site)
    if endpoints.kept().count() >= MAX_ENDPOINTS:
        raise LimitReached(f"A site has at most {MAX_ENDPOINTS} webhook endpoints.")
    return (endpoints.aggregate(last=Max("number"))["last"] or 0) + 1


def _set(endpoint: WebhookEndpoint, columns: dict[str, Any], at: datetime) -> None:
    """Put checked columns on the instance."""
    for column, value in columns.items():
        if column not in {"basic_auth_password", "disabled"}:
            setattr(endpoint, column, value)
    if not endpoint.basic_auth_username:
        if columns.get("basic_auth_password"):
            raise InvalidInput([Issue("basic_auth_username", "Is required with a password.")])
        endpoint.basic_auth_password = ""
    elif "basic_auth_password" in columns:
        endpoint.basic_auth_password = _sealed_password(endpoint, columns["basic_auth_password"])
    disabled = columns.get("disabled")
    if disabled is False and (endpoint.disabled_at is not None or endpoint.failures):
        endpoint.disabled_at, endpoint.disabled_reason = None, ""
        _forgive(endpoint, at)
    elif disabled and endpoint.disabled_reason != DisabledReason.MANUAL:
        endpoint.disabled_at, endpoint.disabled_reason = at, DisabledReason.MANUAL


def _sealed_password(endpoint: WebhookEndpoint, password: str) -> str:
    """The column for ``password``: as it is when the password is the same, since no text is sealed twice alike."""
    purpose = password_purpose(endpoint)
    with suppress(Unsealable):
        if open_sealed(endpoint.basic_auth_password, purpose=purpose) == Secret(password):
            return endpoint.basic_auth_password
    return seal(password, purpose=purpose) if password else ""


def _forgive(endpoint: WebhookEndpoint, at: datetime) -> None:
    """Forget the failures, and make everything due that waits."""
    health.reset(endpoint)
    health.wake_all(endpoint, at)
    engines.wake_deliveries([endpoint.pk])


def _demote_others(endpoint: WebhookEndpoint) -> None:
    """A site has one primary endpoint."""
    others = WebhookEndpoint.objects.for_site(endpoint.site_id).filter(is_primary=True).exclude(pk=endpoint.pk)
    others.update(is_primary=False)


def _add_secret(endpoint: WebhookEndpoint, at: datetime) -> Secret:
    secret = new_webhook_secret()
    row = WebhookSecret(
        site_id=endpoint.site_id,
        endpoint=endpoint,
        sealed=seal(secret.reveal(), purpose=secret_purpose(endpoint)),
        hint=str(secret),
        created_at=at,
    )
    row.save(force_insert=True)
    return secret


def _columns(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {name: value for name, value in vars(endpoint).items() if name != "_state"}


def _store(endpoint: WebhookEndpoint, before: dict[str, Any], at: datetime) -> bool:
    """Write the columns that differ from ``before`` and raise the version; whether there were any."""
    changed = [name for name, value in before.items() if getattr(endpoint, name) != value]
    if not changed:
        return False
    _touch(endpoint, at)
    _write(endpoint, *changed)
    return True


def _touch(endpoint: WebhookEndpoint, at: datetime) -> None:
    endpoint.resource_version = next_version(at, endpoint.resource_version)
    endpoint.updated_at = max(at, endpoint.updated_at)


def _write(endpoint: WebhookEndpoint, *columns: str) -> None:
    names = (*columns, "updated_at", "resource_version")
    row = WebhookEndpoint.objects.for_site(endpoint.site_id).filter(pk=endpoint.pk)
    row.update(**{name: getattr(endpoint, name) for name in names})


def _log(what: str, endpoint: WebhookEndpoint, actor: Actor) -> None:
    logger.info("endpoint %s was %s, source %s", endpoint.public_id, what, actor.source)
