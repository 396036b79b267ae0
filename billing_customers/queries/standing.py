"""A customer with the account above it that access settings are about, and these settings as they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from billing_customers.models import BillingSite
from billing_customers.models.access import SIDES, effective_access
from billing_customers.queries.customers import Row, find_customer

_RELATIONSHIP = "relationship__"
_ENDS = ("parent", "root", "payment_owner")
_ACCOUNT = ("id", "public_id", "email")
_COLUMNS = (
    *_ACCOUNT,
    *(f"{_RELATIONSHIP}{end}__{column}" for end in _ENDS for column in _ACCOUNT),
    *(f"{_RELATIONSHIP}{name}" for name in ("uses_default_access", *SIDES)),
)

Side = Literal["parent_account_access", "child_account_access"]


@dataclass(frozen=True, slots=True)
class Account:
    """A customer: its primary key, its id and its e-mail address."""

    pk: int
    public_id: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """An access setting as it holds, and whose it is: the customer's own, or the site's."""

    name: str
    value: Any
    is_own: bool

    @property
    def because(self) -> str:
        """``the site's settings have child_account_access[send_invoice_emails]=true``."""
        value = str(self.value).lower() if isinstance(self.value, bool) else self.value
        whose = "the customer's own settings" if self.is_own else "the site's settings"
        return f"{whose} have {self.name}={value}"

    @property
    def reason(self) -> str:
        """The code of the reason: ``own_settings`` or ``site_settings``."""
        return "own_settings" if self.is_own else "site_settings"


@dataclass(frozen=True, slots=True)
class Above:
    """What is above a customer. ``account`` is the one that access settings are about: the one that pays, or the parent
    where the customer pays itself. Contract: the note of "Link a customer".
    """

    account: Account
    root_id: str
    is_payer: bool
    sides: Mapping[str, Mapping[str, Setting]]

    @property
    def which(self) -> str:
        return "account that pays" if self.is_payer else "parent"

    def setting(self, side: Side, name: str) -> Setting:
        return self.sides[side][name]


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer, and what is above it; without a parent there are no settings either."""

    account: Account
    above: Above | None = None


def find_standing(site: BillingSite, public_id: str) -> Standing | None:
    """Where the live customer with this id or former id stands, or ``None``. One query, two for a former id."""
    row = find_customer(site, public_id, _COLUMNS)
    if row is None:
        return None
    account = _account(row, "")
    if row[f"{_RELATIONSHIP}parent__id"] is None:
        return Standing(account)
    parent, root, payer = (_account(row, f"{_RELATIONSHIP}{end}__") for end in _ENDS)
    is_payer = payer.pk != account.pk
    above = Above(payer if is_payer else parent, root.public_id, is_payer, _settings(site, row))
    return Standing(account, above)


def _account(row: Row, prefix: str) -> Account:
    return Account(*(row[f"{prefix}{column}"] for column in _ACCOUNT))


def _settings(site: BillingSite, row: Row) -> dict[str, dict[str, Setting]]:
    uses_default = row[f"{_RELATIONSHIP}uses_default_access"]
    own = {side: {} if uses_default else row[f"{_RELATIONSHIP}{side}"] or {} for side in SIDES}
    return {
        side: {name: Setting(f"{side}[{name}]", value, name in own[side]) for name, value in held.items()}
        for side, held in effective_access(site, own).items()
    }
