"""A site's accounts with payment gateways: their credentials, their order, and which of them takes what."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.views.decorators.debug import sensitive_variables

from billing_customers.choices import GatewayBackend
from billing_customers.events.sealing import Secret, Unsealable, seal
from billing_customers.exceptions import InvalidInput, InvalidState, Issue, NotFound
from billing_customers.gateways.base import AccountInput, Capability, Gateway, GatewayError
from billing_customers.gateways.registry import (
    GatewayUnavailable,
    UnknownBackend,
    backend_of,
    credentials_purpose,
    gateway_of,
    open_credentials,
)
from billing_customers.ids import new_id
from billing_customers.models import BillingSite, GatewayAccount
from billing_customers.models.gateway import GatewayAccountQuerySet
from billing_customers.operations import locks, rules
from billing_customers.operations.rules import Rule, RuleBroken

MAX_NAME = 100
MAX_VALUE = 1_000
MAX_POSITION = 32_767

logger = logging.getLogger("billing_customers.gateways")

_RULES: dict[str, Rule] = {"name": rules.text(MAX_NAME), "position": rules.integer(0, MAX_POSITION)}
_value = rules.text(MAX_VALUE)


class AccountSettings(TypedDict, total=False):
    """What can be changed. Absent stays; ``credentials`` replace those that they name, ``options`` all of them."""

    name: str
    credentials: Mapping[str, str]
    options: Mapping[str, Any]
    position: int


@sensitive_variables()
def create_gateway_account(
    *,
    site: BillingSite,
    backend: str,
    name: str = "",
    credentials: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    position: int | None = None,
    at: datetime,
) -> GatewayAccount:
    """Make an account with a gateway; return it.

    ``backend`` is a name of :func:`billing_customers.gateways.registry.backends`. ``position`` is by default behind the
    others; the lowest is used where a request names no account. Raises :class:`InvalidInput`, with no value in it.
    """
    adapter = _adapter(site, backend)
    with transaction.atomic(using=locks.database()):
        account = GatewayAccount(
            site=site,
            public_id=new_id("gw", 16),
            backend=backend,
            position=_next_position(site),
            created_at=at,
            updated_at=at,
        )
        given: AccountSettings = {"name": name, "credentials": credentials or {}, "options": options or {}}
        if position is not None:
            given["position"] = position
        _apply(account, adapter, given)
        account.save(force_insert=True)
    logger.info("gateway account %s of %s was made", account.public_id, backend)
    return account


@sensitive_variables()
def update_gateway_account(
    *, site: BillingSite, public_id: str, at: datetime, **settings: Unpack[AccountSettings]
) -> GatewayAccount:
    """Change what is named; return the account. Its gateway stays. Raises :class:`NotFound`, :class:`InvalidInput`."""
    with transaction.atomic(using=locks.database()):
        account = _locked(site, public_id)
        _apply(account, _adapter(site, account.backend), settings)
        account.updated_at = max(at, account.updated_at)
        account.save(update_fields=["name", "sealed_credentials", "options", "position", "updated_at"])
    logger.info("gateway account %s was changed: %s", public_id, ", ".join(sorted(settings)))
    return account


def disable_gateway_account(*, site: BillingSite, public_id: str, at: datetime) -> GatewayAccount:
    """Take no new payment sources with it; return it. Those that are there can still be charged.

    Doing it twice keeps the first time. Raises :class:`NotFound`.
    """
    return _switch(site, public_id, at, is_enabled=False)


def enable_gateway_account(*, site: BillingSite, public_id: str, at: datetime) -> GatewayAccount:
    """Take new payment sources again; return the account. Raises :class:`NotFound`."""
    return _switch(site, public_id, at, is_enabled=True)


def default_test_gateway(site: BillingSite, at: datetime) -> GatewayAccount:
    """The account of a test site with the test gateway, made if it is missing."""
    known = _accounts(site).filter(backend=GatewayBackend.TEST).order_by("position", "id").first()
    return known or create_gateway_account(site=site, backend=GatewayBackend.TEST, name="Test gateway", at=at)


def usable_account(site: BillingSite, public_id: str | None, capability: Capability | None) -> GatewayAccount:
    """The account with this id or, without one, the first that takes new payment sources by ``capability``.

    The test gateway comes last, whatever its position: what is meant for a real one must not seem to succeed here.
    Raises :class:`NotFound` for an unknown id, and :class:`InvalidInput` for an account that cannot take it, or when
    there is none that can.
    """
    if public_id is None:
        for account in sorted(_accounts(site).usable(), key=lambda each: each.backend == GatewayBackend.TEST):
            if _fault_of_use(site, account, capability) is None:
                return account
        raise InvalidInput([Issue("", "No payment gateway is set up to take it.")])
    found = _find(_accounts(site), public_id)
    fault = _fault_of_use(site, found, capability)
    if fault is not None:
        raise InvalidInput([Issue("gateway_account_id", fault)])
    return found


def check_gateway_account(*, site: BillingSite, public_id: str) -> None:
    """Ask the gateway whether the credentials are good. Must be called outside a transaction.

    Raises :class:`NotFound`, and :class:`InvalidState` with what it says when they are not, or when it is silent.
    """
    account = _find(_accounts(site), public_id)
    account.site = site
    try:
        gateway_of(account).check()
    except GatewayError as error:
        raise InvalidState(error.message) from error


def _accounts(site: BillingSite) -> GatewayAccountQuerySet:
    return GatewayAccount.objects.using(locks.database()).for_site(site)


def _find(accounts: GatewayAccountQuerySet, public_id: str) -> GatewayAccount:
    account = accounts.filter(public_id=public_id).first()
    if account is None:
        raise NotFound("There is no such gateway account.", param="gateway_account_id")
    return account


def _locked(site: BillingSite, public_id: str) -> GatewayAccount:
    account = _find(_accounts(site).select_for_update(), public_id)
    account.site = site
    return account


def _fault_of_use(site: BillingSite, account: GatewayAccount, capability: Capability | None) -> str | None:
    if account.disabled_at is not None:
        return "The gateway account is disabled."
    account.site = site
    try:
        gateway = gateway_of(account)
    except GatewayUnavailable as error:
        return error.message
    if capability is not None and capability not in gateway.capabilities:
        return "The gateway account does not take it."
    return None


def _switch(site: BillingSite, public_id: str, at: datetime, *, is_enabled: bool) -> GatewayAccount:
    with transaction.atomic(using=locks.database()):
        account = _locked(site, public_id)
        if (account.disabled_at is None) == is_enabled:
            return account
        account.disabled_at = None if is_enabled else at
        account.updated_at = max(at, account.updated_at)
        account.save(update_fields=["disabled_at", "updated_at"])
    logger.info("gateway account %s was %s", public_id, "enabled" if is_enabled else "disabled")
    return account


def _next_position(site: BillingSite) -> int:
    last: int | None = _accounts(site).aggregate(last=Max("position"))["last"]
    return 0 if last is None else min(last + 1, MAX_POSITION)


def _adapter(site: BillingSite, backend: str) -> type[Gateway]:
    try:
        adapter = backend_of(backend)
    except UnknownBackend as error:
        raise InvalidInput([Issue("backend", str(error))]) from error
    if site.livemode and not adapter.allows_live:
        raise InvalidInput([Issue("backend", "The gateway is for test sites only.")])
    return adapter


@sensitive_variables()
def _apply(account: GatewayAccount, adapter: type[Gateway], settings: AccountSettings) -> None:
    """Set what is named on ``account``, sealed where it is secret. Raises :class:`InvalidInput` with every fault."""
    issues: list[Issue] = []
    for field, rule in _RULES.items():
        if field in settings:
            try:
                setattr(account, field, rule(settings[field]))  # type: ignore[literal-required]
            except RuleBroken as broken:
                issues.append(Issue(field, str(broken)))
    named = settings.get("credentials", {})
    options = settings.get("options", account.options)
    issues += _faults_of_credentials(adapter, named) + _faults_of_options(adapter, options)
    credentials = _kept(account) | {name: Secret(value) for name, value in named.items()}
    missing = [name for name in adapter.credential_names if name not in credentials]
    issues += [Issue(f"credentials.{name}", "Is missing.") for name in missing]
    if not issues:
        faults = adapter.faults(AccountInput(credentials, options, account.site.livemode))
        issues = [
            Issue(f"{'credentials' if each in credentials else 'options'}.{each}", faults[each]) for each in faults
        ]
    if issues:
        raise InvalidInput(issues)
    account.options = dict(options)
    if named:
        account.sealed_credentials = _sealed(account, credentials)


@sensitive_variables()
def _kept(account: GatewayAccount) -> dict[str, Secret]:
    """The credentials that are there. Those that cannot be opened any more are as if missing."""
    try:
        return open_credentials(account)
    except Unsealable:
        return {}


@sensitive_variables()
def _sealed(account: GatewayAccount, credentials: Mapping[str, Secret]) -> str:
    text = json.dumps({name: secret.reveal() for name, secret in credentials.items()})
    return seal(text, purpose=credentials_purpose(account))


@sensitive_variables()
def _faults_of_credentials(adapter: type[Gateway], credentials: Mapping[str, str]) -> list[Issue]:
    issues = []
    for name, value in credentials.items():
        if name not in adapter.credential_names:
            issues.append(Issue(f"credentials.{name}", "There is no such credential."))
        elif value == "":
            issues.append(Issue(f"credentials.{name}", "Cannot be empty."))
        else:
            try:
                _value(value)
            except RuleBroken as broken:
                issues.append(Issue(f"credentials.{name}", str(broken)))
    return issues


def _faults_of_options(adapter: type[Gateway], options: Mapping[str, Any]) -> list[Issue]:
    issues = []
    for name, value in options.items():
        if name not in adapter.option_names:
            issues.append(Issue(f"options.{name}", "There is no such option."))
        elif not isinstance(value, bool | int):
            try:
                _value(value)
            except RuleBroken as broken:
                issues.append(Issue(f"options.{name}", str(broken)))
    return issues
