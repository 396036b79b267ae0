"""How single values are shown: ids, e-mails and numbers keep their order of letters on a right-to-left page."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext

Cell = Callable[[Any, Any], str]

# On a form Django shows the None of a method as it is.
EMPTY = "-"


def ltr(value: Any) -> str:
    """``value`` as text that runs from left to right; a dash when there is none."""
    return format_html('<bdi dir="ltr">{}</bdi>', str(value)) if value not in (None, "") else EMPTY


def ltr_cell(field: str, label: Any) -> Cell:
    """A method of a model admin that shows ``field`` from left to right."""

    @admin.display(description=label)
    def cell(_admin: Any, row: Any) -> str:
        return ltr(getattr(row, field))

    return cell


def json_cell(field: str, label: Any) -> Cell:
    """A method of a model admin that shows the JSON of ``field`` on several lines."""

    @admin.display(description=label)
    def cell(_admin: Any, row: Any) -> str:
        value = getattr(row, field)
        return EMPTY if value is None else format_html('<pre dir="ltr" class="bc-json">{}</pre>', pretty(value))

    return cell


def flag_cell(field: str, label: Any) -> Cell:
    """A method of a model admin that says yes or no: Django's red cross would make a fault of what is the rule."""

    @admin.display(description=label)
    def cell(_admin: Any, row: Any) -> str:
        return gettext("yes") if getattr(row, field) else gettext("no")

    return cell


def pretty(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def badge(text: str | Promise, kind: str) -> str:
    """A word in a coloured box; ``kind`` is ``good``, ``warn``, ``bad`` or ``quiet``."""
    return format_html('<span class="bc-badge bc-{}">{}</span>', kind, text)


def link(url: str, text: Any) -> str:
    """A link whose text runs from left to right."""
    return format_html('<a href="{}"><bdi dir="ltr">{}</bdi></a>', url, text)


def with_note(text: Any, *facts: Any) -> str:
    """``text`` with smaller facts below it."""
    shown = format_html_join(" · ", "<bdi>{}</bdi>", ((fact,) for fact in facts))
    return format_html('{}<br><span class="bc-note">{}</span>', text, shown)


def moment(at: datetime | None) -> str:
    """A time to the second, in the time zone of the reader; a dash when there is none."""
    if at is None:
        return EMPTY
    local = localtime(at)
    date, time = date_format(local, "SHORT_DATE_FORMAT"), time_format(local, "H:i:s")
    return format_html('<bdi dir="ltr" class="bc-moment">{} {}</bdi>', date, time)


def moment_cell(field: str, label: Any) -> Cell:
    """A method of a model admin that shows the time ``field`` to the second."""

    @admin.display(description=label)
    def cell(_admin: Any, row: Any) -> str:
        return moment(getattr(row, field))

    return cell
