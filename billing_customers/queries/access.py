"""Who may see or change the subscriptions of a customer, and see or download its invoices, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from billing_customers.choices import CustomerUserRole, PortalAccess
from billing_customers.models import BillingSite, CustomerUser
from billing_customers.queries import tree_rows
from billing_customers.queries.standing import Above, Account, Side, Standing, find_standing

What = Literal["subscriptions", "invoices"]

# The setting that decides, for each side.
_SETTINGS: dict[Side, dict[What, str]] = {
    "child_account_access": {
        "subscriptions": "portal_edit_subscriptions",
        "invoices": "portal_download_invoices",
    },
    "parent_account_access": {
        "subscriptions": "portal_edit_child_subscriptions",
        "invoices": "portal_download_child_invoices",
    },
}
_MAY: dict[tuple[What, str], str] = {
    ("subscriptions", PortalAccess.YES): "May view and edit the subscriptions",
    ("subscriptions", PortalAccess.VIEW_ONLY): "May only view the subscriptions",
    ("subscriptions", PortalAccess.NO): "May neither view nor edit the subscriptions",
    ("invoices", PortalAccess.YES): "May view and download the invoices",
    ("invoices", PortalAccess.VIEW_ONLY): "May only view the invoices",
    ("invoices", PortalAccess.NO): "May neither view nor download the invoices",
}


@dataclass(frozen=True, slots=True)
class AccessLine:
    """What one account, or a user who acts for it, may do with one kind of documents of the customer.

    ``customer_id`` is the account: the customer itself or one above it. ``level`` is the contract's word: ``yes`` (view
    and edit, or view and download), ``view_only`` or ``no``. ``reason`` is a code and ``message`` a sentence.
    ``user_id`` (the primary key of a user of the host's) and ``role`` are there where the line is a user's.
    """

    customer_id: str
    what: What
    level: str
    reason: str
    message: str
    user_id: str | None = None
    role: str | None = None


def access_to(site: BillingSite, public_id: str) -> list[AccessLine] | None:
    """Every account that could have access, and the users who act for them; ``None`` without such a live customer.

    The customer comes first, then the account that access settings are about, then the others above it, then the users.
    Three queries, two outside of hierarchies; one more for a former id. Contract: "Link a customer",
    ``parent_account_access`` and ``child_account_access``.
    """
    standing = find_standing(site, public_id)
    if standing is None:
        return None
    customer, above = standing.account, standing.above
    if above is None:
        lines = list(_without_limits(customer))
    else:
        lines = [
            *_by_settings(above, customer, "child_account_access"),
            *_by_settings(above, above.account, "parent_account_access"),
            *_of_others_above(site, customer, above),
        ]
    return [*lines, *_of_users(site, standing, lines)]


def _without_limits(customer: Account) -> Iterator[AccessLine]:
    for what in _SETTINGS["child_account_access"]:
        message = f"{_MAY[what, PortalAccess.YES]}: nobody is above the customer, so no setting limits it."
        yield AccessLine(customer.public_id, what, PortalAccess.YES.value, "no_parent", message)


def _by_settings(above: Above, account: Account, side: Side) -> Iterator[AccessLine]:
    for what, name in _SETTINGS[side].items():
        setting = above.setting(side, name)
        message = f"{_MAY[what, setting.value]}: {setting.because}."
        yield AccessLine(account.public_id, what, setting.value, setting.reason, message)


def _of_others_above(site: BillingSite, customer: Account, above: Above) -> Iterator[AccessLine]:
    """Access settings are about one account: whoever else is above has none."""
    up = [row[2] for row in tree_rows.above(site, customer.pk)[1:]]
    others = [public_id for public_id in (*up, above.root_id) if public_id != above.account.public_id]
    because = f"access settings are about {above.account.public_id}, the {above.which}."
    for public_id in others:
        for what in _SETTINGS["parent_account_access"]:
            message = f"{_MAY[what, PortalAccess.NO]}: {because}"
            yield AccessLine(public_id, what, PortalAccess.NO.value, "not_the_account_above", message)


def _of_users(site: BillingSite, standing: Standing, lines: list[AccessLine]) -> Iterator[AccessLine]:
    """Users see what the account does that they act for; a viewer changes and downloads nothing."""
    accounts = {standing.account.pk: standing.account.public_id}
    if standing.above is not None:
        accounts[standing.above.account.pk] = standing.above.account.public_id
    links = CustomerUser.objects.for_site(site).filter(customer_id__in=accounts).order_by("pk")
    for pk, user, role in links.values_list("customer_id", "user_id", "role"):
        for line in lines:
            if line.customer_id == accounts[pk]:
                yield _of_user(line, str(user), role)


def _of_user(line: AccessLine, user_id: str, role: str) -> AccessLine:
    is_held_back = role == CustomerUserRole.VIEWER and line.level == PortalAccess.YES
    level = PortalAccess.VIEW_ONLY.value if is_held_back else line.level
    because = f"a {role} of {line.customer_id} only views." if is_held_back else f"as {line.customer_id} itself may."
    message = f"{_MAY[line.what, level]}: {because}"
    reason = "viewer" if is_held_back else "as_the_account"
    return AccessLine(line.customer_id, line.what, level, reason, message, user_id, role)
