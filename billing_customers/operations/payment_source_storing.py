"""Payment sources at the gateways that keep them. A gateway is called here, and outside of any transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.views.decorators.debug import sensitive_variables

from billing_customers.choices import PaymentSourceStatus
from billing_customers.exceptions import InvalidInput, Issue, NotFound, PaymentFailed, PaymentUncertain
from billing_customers.gateways.base import (
    BankAccountInput,
    Capability,
    CardInput,
    GatewayError,
    Holder,
    Refused,
    SourceInput,
    StoredSource,
)
from billing_customers.gateways.registry import gateway_of
from billing_customers.models import BillingSite, GatewayAccount, PaymentSource
from billing_customers.models.customer import display_name
from billing_customers.operations import locks
from billing_customers.operations.gateway_accounts import usable_account
from billing_customers.queries.customers import find_customer
from billing_customers.work import jobs
from billing_customers.work.handlers import RunningJob, handler

# Until then, whoever repeats a request may still be about to attach what another run of it has given up.
DISCARD_AFTER = timedelta(minutes=15)
# How long before its end a card is said to be expiring.
EXPIRY_NOTICE = timedelta(days=30)

# What a gateway must take, by the part that says it.
_TAKEN = {
    Capability.RAW_CARDS: "card.number",
    Capability.BANK_ACCOUNTS: "bank_account.account_number",
    Capability.REFERENCES: "payment_method.reference_id",
    Capability.TOKENS: "payment_method.tmp_token",
}
_HOLDER_COLUMNS = ("public_id", "name", "first_name", "last_name", "company", "email")


class GatewayBroken(Exception):
    """An adapter raised what it must not. Its own message is lost on purpose: it may hold a card number."""


@dataclass(frozen=True, slots=True)
class PreparedSource:
    """What a gateway keeps, and no customer has yet.

    ``is_new``: the gateway was made to store it, so it is removed there when nothing comes of it. What a caller only
    referred to was there before.
    """

    account: GatewayAccount
    stored: StoredSource
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What is known of a customer that is yet to be made; without an id, one will be generated."""

    public_id: str = ""
    email: str = ""
    name: str = ""


@sensitive_variables()
def prepare_source(
    *,
    site: BillingSite,
    customer_public_id: str | None,
    given: SourceInput,
    gateway_account_id: str | None,
    request_key: str | None,
    within: str | None = None,
    newcomer: Newcomer | None = None,
    at: datetime,  # noqa: ARG001 - every operation has it
) -> PreparedSource:
    """Let a gateway store ``given``, or look it up; return what it keeps. Must be called outside a transaction.

    ``customer_public_id`` is ``None`` for a customer that is yet to be made, the ``newcomer``. With one
    ``request_key`` the same source is stored once, however often this is called. ``within`` is the parameter that
    errors name parts of, such as ``"card"``, or empty when the parts are parameters themselves. Raises
    :class:`NotFound`, :class:`InvalidInput`, :class:`PaymentFailed`, :class:`PaymentUncertain`.
    """
    key = _key(site, request_key)
    if customer_public_id is None:
        known = newcomer or Newcomer()
        holder = Holder(customer_id=known.public_id, key=key, email=known.email, name=known.name)
    else:
        holder = _holder(site, customer_public_id, key)
    capability = capability_of(given)
    with _naming(within, _TAKEN[capability]):
        account = usable_account(site, gateway_account_id or None, capability)
    try:
        stored = gateway_of(account).store(given, holder)
    except Refused as refused:
        raise PaymentFailed(refused.message, reason=refused.reason, param=_renamed(within, refused.param)) from None
    except GatewayError as error:
        raise PaymentUncertain(error.message, reason=error.reason) from None
    except Exception as error:  # noqa: BLE001 - whatever it is, its message goes no further
        broken = GatewayBroken(f"The gateway {account.backend} raised {type(error).__name__}.")
        raise broken.with_traceback(error.__traceback__) from None
    return PreparedSource(account, stored, is_new=capability is not Capability.REFERENCES)


def capability_of(given: SourceInput) -> Capability:
    """What a gateway must be able to do to take ``given``."""
    if isinstance(given, CardInput):
        return Capability.RAW_CARDS
    if isinstance(given, BankAccountInput):
        return Capability.BANK_ACCOUNTS
    return Capability.TOKENS if given.tmp_token is not None else Capability.REFERENCES


def discard_prepared(*, site: BillingSite, prepared: PreparedSource, at: datetime) -> None:
    """Have the gateway forget, a while later, what nothing came of. A mere reference is left as it was."""
    if prepared.is_new:
        enqueue_detaching(site, prepared.account, prepared.stored.reference_id, run_at=at + DISCARD_AFTER, at=at)


def enqueue_detaching(
    site: BillingSite, account: GatewayAccount, reference_id: str, *, run_at: datetime | None = None, at: datetime
) -> None:
    """Have the gateway forget the source, unless a customer has it when the time has come."""
    arguments = {"gateway_account": account.public_id, "reference": reference_id}
    jobs.enqueue(kind="payment_sources.detach", site=site, arguments=arguments, run_at=run_at, at=at)


@handler("payment_sources.detach")
def detach_at_gateway(running: RunningJob) -> str:
    """Have the gateway forget a source that no customer of any site has.

    It is tried again while the gateway does not answer.
    """
    using = locks.database()
    accounts = GatewayAccount.objects.using(using).for_site(running.site).select_related("site")
    account = accounts.get(public_id=running.arguments["gateway_account"])
    reference_id = running.arguments["reference"]
    # In any site: where a customer was moved, two of them charge by one reference.
    attached = PaymentSource.objects.using(using).attached().filter(reference_id=reference_id)
    alike = {"gateway_account__backend": account.backend, "gateway_account__site__livemode": running.site.livemode}
    if attached.filter(**alike).exists():
        return "kept"
    gateway_of(account).detach(reference_id)
    return "detached"


def _key(site: BillingSite, request_key: str | None) -> str:
    return f"source-{site.pk}-{request_key}" if request_key else f"source-{secrets.token_hex(16)}"


def _holder(site: BillingSite, public_id: str, key: str) -> Holder:
    row = find_customer(site, public_id, _HOLDER_COLUMNS)
    if row is None:
        raise NotFound("There is no such customer.")
    return Holder(customer_id=row["public_id"], key=key, email=row["email"] or "", name=display_name(row))


@contextmanager
def _naming(within: str | None, taken: str) -> Iterator[None]:
    """Name in errors the parameter that theirs is a part of; what no gateway takes is the part ``taken``."""
    try:
        yield
    except InvalidInput as error:
        issues = [Issue(_renamed(within, issue.field or taken), issue.message) for issue in error.issues]
        raise InvalidInput(issues) from None
    except NotFound as error:
        raise NotFound(error.message, param=_renamed(within, error.param)) from None


def _renamed(within: str | None, param: str) -> str:
    """``gateway_account_id`` as ``card.gateway_account_id``; adapters say ``card.number`` wherever the card came in."""
    if within is None or not param:
        return param
    part = param.rpartition(".")[2]
    return f"{within}.{part}" if within else part


def columns_of(stored: StoredSource) -> dict[str, Any]:
    """What a gateway tells of a source, as columns. What is only shown is cut to its column's length."""
    columns = {name: getattr(stored, name) for name in _STORED}
    for name in _SHOWN:
        columns[name] = (columns[name] or "")[: _LIMITS[name]]
    address = columns["billing_address"]
    columns["billing_address"] = dict(address) if address else None
    return columns


def status_by_date(status: str, year: int | None, month: int | None, at: datetime) -> str:
    """``expired`` once the month of expiry is over (UTC), ``expiring`` for the 30 days before; else as it is.

    What is not good anyway (``expired``, ``invalid``, ``pending_verification``) stays as it is.
    """
    if year is None or month is None or status not in _ENDING:
        return status
    if (year, month) < (at.year, at.month):
        return PaymentSourceStatus.EXPIRED
    soon = at + EXPIRY_NOTICE
    return PaymentSourceStatus.EXPIRING if (year, month) < (soon.year, soon.month) else PaymentSourceStatus.VALID


_ENDING = (PaymentSourceStatus.VALID, PaymentSourceStatus.EXPIRING)
_STORED = tuple(StoredSource.__dataclass_fields__)
_SHOWN = ("brand", "first_name", "last_name", "bank_name", "account_type", "account_holder_type")
_LIMITS = {field.attname: field.max_length for field in PaymentSource._meta.concrete_fields}  # noqa: SLF001 - public in all but name
