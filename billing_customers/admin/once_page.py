"""The page that shows new secrets, once. Their text goes from the operation into this one answer and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise

from billing_customers.events.sealing import Secret

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


@dataclass(frozen=True, slots=True)
class Shown:
    """A new secret of the row ``pk``; ``facts`` are labels and values that tell which one it is."""

    pk: int
    hint: str
    secret: Secret
    facts: Sequence[tuple[str | Promise, str]] = ()


@dataclass(frozen=True, slots=True)
class OncePage:
    """What the page says: its title for one secret and for several, why to keep them, and the link that leaves it."""

    title: str | Promise
    title_of_several: str | Promise
    warning: str | Promise
    leave: str | Promise


_held: WeakKeyDictionary[HttpRequest, list[Shown]] = WeakKeyDictionary()


def hold(request: HttpRequest, shown: list[Shown]) -> None:
    """Keep new secrets until :func:`show_held` answers ``request``: in memory, for as long as the request lives."""
    _held[request] = shown


def show_held(model_admin: ModelAdmin[Any], request: HttpRequest, page: OncePage) -> HttpResponse:
    """The answer to ``request`` with the text of the secrets held for it.

    It is the page itself: a redirect would have to store the text somewhere.
    """
    shown = _held.pop(request)
    name = f"{model_admin.admin_site.name}:{model_admin.opts.app_label}_{model_admin.opts.model_name}"
    # Where a reload leads to: it must not send the form again.
    away = reverse(f"{name}_change", args=[shown[0].pk]) if len(shown) == 1 else reverse(f"{name}_changelist")
    context = {
        **model_admin.admin_site.each_context(request),
        "title": page.title if len(shown) == 1 else page.title_of_several,
        "opts": model_admin.opts,
        "media": model_admin.media,
        "page": page,
        "shown": shown,
        "away_url": away,
    }
    # Admin views tell browsers and proxies not to store their answers.
    return TemplateResponse(request, "admin/billing_customers/shown_once.html", context)
