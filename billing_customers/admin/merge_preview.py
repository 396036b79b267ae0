"""What merging one customer into another would do, shown before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.amounts import amount
from billing_customers.admin.cells import EMPTY, ltr, moment
from billing_customers.admin.money_tables import Column, table
from billing_customers.choices import Bucket
from billing_customers.models import Balance, Customer
from billing_customers.queries.impact import Impact, impact_of

_IDS = (("public_id", _("id")),)
_TEXTS = (("display_name", _("name")), ("company", _("company")))
_CODES = (("email", _("e-mail")), ("phone", _("phone")), ("tax_id", _("tax id")))


@dataclass(frozen=True, slots=True)
class Preview:
    """What the template shows. ``impact`` is without amounts: they are in ``balances``, which is empty where none
    moves. ``people`` has the two customers beside each other.
    """

    impact: Impact
    people: str
    balances: str


def preview_of(source: Customer, target: Customer) -> Preview:
    """Of two live customers of a site. Raises :class:`NotFound` when ``source`` has gone meanwhile."""
    found = impact_of(source.site, source.public_id, "merge", to_customer_id=target.public_id)
    counted = tuple(effect for effect in found.effects if not effect.amounts)
    return Preview(replace(found, effects=counted), _side_by_side(source, target), _balances(source, target))


def _side_by_side(source: Customer, target: Customer) -> str:
    columns = [Column(""), Column(_("is merged away")), Column(_("stays"))]
    return table(columns, list(_facts(source, target)), nothing="")


def _facts(source: Customer, target: Customer) -> Iterator[list[str]]:
    """What tells them apart; what neither has is left out."""
    for fields, shown in ((_IDS, ltr), (_TEXTS, _text), (_CODES, ltr)):
        for field, label in fields:
            values = [getattr(each, field) for each in (source, target)]
            if any(values):
                yield [str(label).capitalize(), *map(shown, values)]
    yield [gettext("Created at"), *(moment(each.created_at) for each in (source, target))]


def _text(value: str | None) -> str:
    return format_html("<bdi>{}</bdi>", value) if value else EMPTY


def _balances(source: Customer, target: Customer) -> str:
    """Each balance of ``source`` that is not zero: what moves, what ``target`` has, and what it will have."""
    if not source.has_balances:
        return ""
    stored = Balance.objects.for_site(source.site).filter(customer__in=(source, target)).order_by("currency")
    by_owner = {(row.customer_id, row.currency): row for row in stored}
    lines = []
    for (owner, currency), row in by_owner.items():
        there = by_owner.get((target.pk, currency))
        for bucket in Bucket if owner == source.pk else ():
            moves, has = getattr(row, bucket), getattr(there, bucket, 0)
            if moves:
                shown = [amount(each, currency) for each in (moves, has, moves + has)]
                lines.append([str(bucket.label).capitalize(), *shown])
    names = (_("moves"), _("is there"), _("together"))
    return (
        table([Column(_("balance")), *(Column(name, is_amount=True) for name in names)], lines, nothing="")
        if lines
        else ""
    )
