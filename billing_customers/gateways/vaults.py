"""Whether two accounts lead to one vault, so that a reference of the one is good at the other."""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from billing_customers.events.sealing import Unsealable
from billing_customers.gateways.base import AccountInput
from billing_customers.gateways.registry import UnknownBackend, backend_of, open_credentials
from billing_customers.models import GatewayAccount


@sensitive_variables()
def has_same_vault(one: GatewayAccount, other: GatewayAccount) -> bool:
    """Whether both are accounts with one gateway, in one mode, and it is one account there, as its adapter sees it.

    Where that cannot be told, since an adapter is gone or credentials cannot be opened, they are two.
    """
    if one.backend != other.backend or one.site.livemode != other.site.livemode:
        return False
    try:
        return backend_of(one.backend).is_same_vault(_given(one), _given(other))
    except (UnknownBackend, Unsealable):
        return False


@sensitive_variables()
def _given(account: GatewayAccount) -> AccountInput:
    return AccountInput(open_credentials(account), account.options, account.site.livemode)
