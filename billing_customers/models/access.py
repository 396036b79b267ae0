"""What a child and the account above it may see of the child: the product's defaults, the site's, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing_customers.choices import OwnSubscriptionAccess, PortalAccess

Access = dict[str, Any]
# The two sides, by the names that the contract gives them; both of a site and of a relationship.
SIDES = ("parent_account_access", "child_account_access")


def parent_defaults() -> Access:
    """What the parent may do and gets, unless its site says otherwise. Contract: the sample of "Link a customer"."""
    return {
        "portal_edit_child_subscriptions": PortalAccess.VIEW_ONLY.value,
        "portal_download_child_invoices": PortalAccess.YES.value,
        "send_subscription_emails": False,
        "send_invoice_emails": True,
        "send_payment_emails": True,
    }


def child_defaults() -> Access:
    """The same of the child itself."""
    return {
        "portal_edit_subscriptions": OwnSubscriptionAccess.YES.value,
        "portal_download_invoices": PortalAccess.VIEW_ONLY.value,
        "send_subscription_emails": True,
        "send_invoice_emails": True,
        "send_payment_emails": True,
    }


def effective_access(site: object, relationship: Mapping[str, Any]) -> dict[str, Access]:
    """Both sides of a relationship (its columns) as they hold: the site's, and what the relationship has of its own."""
    return {side: {**getattr(site, side), **(relationship[side] or {})} for side in SIDES}
