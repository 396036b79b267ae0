"""What may be said of the access that a child and the account above it have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from billing_customers.choices import OwnSubscriptionAccess, PortalAccess
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.models.access import SIDES, Access
from billing_customers.operations import rules
from billing_customers.operations.rules import Rule, RuleBroken

_MAILS: dict[str, Rule] = {f"send_{about}_emails": rules.boolean for about in ("subscription", "payment", "invoice")}
# By side, as in the contract.
ACCESS_RULES: dict[str, dict[str, Rule]] = {
    "parent_account_access": {
        "portal_edit_child_subscriptions": rules.one_of(PortalAccess),
        "portal_download_child_invoices": rules.one_of(PortalAccess),
        **_MAILS,
    },
    "child_account_access": {
        "portal_edit_subscriptions": rules.one_of(OwnSubscriptionAccess),
        "portal_download_invoices": rules.one_of(PortalAccess),
        **_MAILS,
    },
}


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """The access settings of a relationship: the site's, or those with what is said here of either side."""

    uses_default: bool = True
    parent_account_access: Mapping[str, Any] = field(default_factory=dict)
    child_account_access: Mapping[str, Any] = field(default_factory=dict)

    def checked(self) -> dict[str, Access]:
        """What is said, by side; nothing where the site's settings are used. Raises :class:`InvalidInput`."""
        said = checked_access({side: getattr(self, side) for side in SIDES})
        return {side: {} for side in SIDES} if self.uses_default else said


def checked_access(given: Mapping[str, Any]) -> dict[str, Access]:
    """The settings of each side in ``given`` as they are stored; a value of ``None`` is as not given.

    Raises :class:`InvalidInput` with every fault.
    """
    found: dict[str, Access] = {}
    issues: list[Issue] = []
    for side, settings in given.items():
        found[side] = {}
        if not isinstance(settings, Mapping):
            issues.append(Issue(side, "Must be an object of access settings."))
            continue
        for name, value in settings.items():
            if value is None:
                continue
            try:
                if name not in ACCESS_RULES[side]:
                    raise RuleBroken("There is no such access setting.")
                found[side][name] = ACCESS_RULES[side][name](value)
            except RuleBroken as broken:
                issues.append(Issue(f"{side}.{str(name)[:64]}", str(broken)))
    if issues:
        raise InvalidInput(issues)
    return found
