"""Amounts in people's units. They are counted in whole minor units all the way: no float and no rounding anywhere."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext

from billing_customers.currencies import exponent


def amount_text(minor: int, currency: str) -> str:
    """``minor`` units of ``currency`` as ``-1,234.50 USD``. A code that is a currency no more has unknown places."""
    try:
        places = exponent(currency)
    except ValueError:
        return f"{minor:,} {currency} ({gettext('minor units')})"
    whole, rest = divmod(abs(minor), 10**places)
    sign, fraction = "-" if minor < 0 else "", f".{rest:0{places}d}" if places else ""
    return f"{sign}{whole:,}{fraction} {currency}"


def amount(minor: int, currency: str) -> str:
    """The text in a cell: from left to right, at the end of the column."""
    return format_html('<bdi dir="ltr" class="bc-amount">{}</bdi>', amount_text(minor, currency))


def money_cell(field: str, label: Any) -> Callable[[Any, Any], str]:
    """A method of a model admin that shows the minor units of ``field`` in the row's currency."""

    @admin.display(description=label)
    def cell(_admin: Any, row: Any) -> str:
        return amount(getattr(row, field), row.currency)

    return cell


def minor_units(major: Decimal, currency: str) -> int:
    """What was typed, as minor units of ``currency``.

    Raises ``ValueError`` with a sentence for a code that is no currency, and for more decimal places than it has.
    """
    places = exponent(currency)
    above, below = major.as_integer_ratio()
    minor, rest = divmod(above * (10**places), below)
    if rest:
        told = {"currency": currency, "places": places}
        raise ValueError(gettext("Has more decimal places than %(currency)s: %(places)d.") % told)
    return int(minor)
