"""Which adapters there are, and the one that an account uses."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables

from billing_customers.conf import billing_settings
from billing_customers.events.sealing import Secret, Unsealable, open_sealed
from billing_customers.gateways.base import Gateway, Unreachable
from billing_customers.models import GatewayAccount

BUILT_IN = {
    "test": "billing_customers.gateways.test.TestGateway",
    "stripe": "billing_customers.gateways.stripe.StripeGateway",
}

logger = logging.getLogger("billing_customers.gateways")


class UnknownBackend(LookupError):
    """There is no such adapter here. The message is a sentence for an operator."""


class GatewayUnavailable(Unreachable):
    """The account cannot be used as it is, so the gateway was asked nothing.

    It is no :class:`~billing_customers.gateways.base.Refused`: what an earlier charge became is not known either.
    """


def backends() -> Mapping[str, type[Gateway]]:
    """The adapters that can be used, by name: those that ship, and those of the setting GATEWAYS.

    One whose package is not installed is left out.
    """
    found = {}
    for name in _paths():
        try:
            found[name] = backend_of(name)
        except UnknownBackend:
            continue
    return found


def backend_of(name: str) -> type[Gateway]:
    """The adapter with this name. Raises :class:`UnknownBackend`."""
    path = _paths().get(name)
    if path is None:
        raise UnknownBackend("There is no such gateway. Known: " + ", ".join(_paths()) + ".")
    try:
        found: type[Gateway] = import_string(path)
    except ImportError as error:
        if path == BUILT_IN.get(name):
            raise UnknownBackend(f"Install django-billing-customers[{name}] to use it.") from error
        raise UnknownBackend(f"{path} cannot be imported.") from error
    return found


@sensitive_variables()
def gateway_of(account: GatewayAccount) -> Gateway:
    """The adapter of ``account``, with its credentials. Raises :class:`GatewayUnavailable`."""
    try:
        backend = backend_of(account.backend)
        credentials = open_credentials(account)
    except (UnknownBackend, Unsealable) as error:
        raise _unavailable(account, str(error)) from error
    if account.site.livemode and not backend.allows_live:
        raise _unavailable(account, "The gateway is for test sites only.")
    return backend(account, credentials)


@sensitive_variables()
def open_credentials(account: GatewayAccount) -> dict[str, Secret]:
    """The credentials by name. Raises :class:`~billing_customers.events.sealing.Unsealable`."""
    if not account.sealed_credentials:
        return {}
    sealed = open_sealed(account.sealed_credentials, purpose=credentials_purpose(account))
    values: dict[str, str] = json.loads(sealed.reveal())
    return {name: Secret(value) for name, value in values.items()}


def credentials_purpose(account: GatewayAccount) -> str:
    """What the credentials of ``account`` are sealed for: elsewhere they do not open."""
    return f"gateway:{account.public_id}:credentials"


def _paths() -> dict[str, str]:
    return BUILT_IN | billing_settings.gateways


def _unavailable(account: GatewayAccount, why: str) -> GatewayUnavailable:
    logger.error("gateway account %s cannot be used: %s", account.public_id, why)
    return GatewayUnavailable(
        f"The gateway account {account.public_id} cannot be used now.", reason="gateway_unavailable"
    )
