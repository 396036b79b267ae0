"""Who sees a customer and who gets its mail, on its page; and what deleting it would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.cells import EMPTY, badge, ltr, with_note
from billing_customers.choices import PortalAccess
from billing_customers.exceptions import NotFound
from billing_customers.models import Customer
from billing_customers.queries.access import AccessLine, access_to
from billing_customers.queries.impact import Impact, impact_of
from billing_customers.queries.recipients import Recipient, recipients_of

FIELDS = ("access_cell", "recipients_cell")
SECTION: tuple[Any, dict[str, Any]] = (_("Access and mail"), {"fields": FIELDS, "classes": ["collapse"]})

_LOOKS = {PortalAccess.YES: "good", PortalAccess.VIEW_ONLY: "warn", PortalAccess.NO: "quiet"}


class OutlookCells:
    """Read when the page of a customer is shown, in a few queries each."""

    @admin.display(description=_("who may see it"))
    def access_cell(self, customer: Customer) -> str:
        heads = (_("Account"), _("User"), _("What"), _("Level"), _("Reason"))
        lines = access_to(customer.site, _stored_id(customer))
        return _table(heads, map(_access_row, lines or ()))

    @admin.display(description=_("who gets its mail"))
    def recipients_cell(self, customer: Customer) -> str:
        heads = (_("Mail"), _("E-mail"), _("Gets it"), _("Reason"))
        found = recipients_of(customer.site, _stored_id(customer))
        return _table(heads, map(_recipient_row, found or ()))


def impacts_of_deletion(customers: Iterable[Customer]) -> list[Impact | None]:
    """What deleting each of these would do; ``None`` for one that has gone meanwhile."""
    return [_impact(customer) for customer in customers]


def _impact(customer: Customer) -> Impact | None:
    try:
        return impact_of(customer.site, customer.public_id, "delete")
    except NotFound:
        return None


def _stored_id(customer: Customer) -> str:
    """The id as it is stored: a form that was refused holds what was typed, which may be another customer's. Empty for
    a tombstone, whose id may be another's too.
    """
    live = Customer.objects.for_site(customer.site_id).live()
    return live.filter(pk=customer.pk).values_list("public_id", flat=True).first() or ""


def _access_row(line: AccessLine) -> Sequence[str]:
    level = PortalAccess(line.level)
    user = with_note(ltr(line.user_id), line.role) if line.user_id is not None else EMPTY
    return ltr(line.customer_id), user, line.what, badge(line.level, _LOOKS[level]), line.message


def _recipient_row(recipient: Recipient) -> Sequence[str]:
    gets = badge(gettext("yes"), "good") if recipient.receives else badge(gettext("no"), "quiet")
    reasons = format_html_join(
        "",
        "<div><bdi>{} {}</bdi></div>",
        ((ltr(reason.contact_id or reason.customer_id), reason.message) for reason in recipient.reasons),
    )
    return recipient.mail, ltr(recipient.email), gets, reasons


def _table(heads: Sequence[str | Promise], rows: Iterable[Sequence[str]]) -> str:
    """A small table; a dash without rows. What is not HTML already is escaped."""
    body = format_html_join("", "<tr>{}</tr>", ((_cells(row),) for row in rows))
    if not body:
        return EMPTY
    head = format_html_join("", '<th scope="col">{}</th>', ((each,) for each in heads))
    return format_html(
        '<div class="bc-scroll"><table class="bc-outlook"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        head,
        body,
    )


def _cells(row: Sequence[str]) -> str:
    return format_html_join("", "<td><bdi>{}</bdi></td>", ((each,) for each in row))
