"""The page that shows new API keys, once. Their text goes from the operation into this one answer and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from billing_customers.models import ApiKey

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key with its text, which its ``repr`` does not tell."""

    key: ApiKey
    text: str

    def __repr__(self) -> str:
        return f"MadeKey({self.key.hint})"


_made: WeakKeyDictionary[HttpRequest, list[MadeKey]] = WeakKeyDictionary()


def hold(request: HttpRequest, made: list[MadeKey]) -> None:
    """Keep new keys until :func:`show_held_keys` answers ``request``: in memory, for as long as the request lives."""
    _made[request] = made


def show_held_keys(model_admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """The answer to ``request`` with the text of the keys held for it.

    It is the page itself: a redirect would have to store the text somewhere.
    """
    made = _made.pop(request)
    name = f"{model_admin.admin_site.name}:{model_admin.opts.app_label}_{model_admin.opts.model_name}"
    list_url = reverse(f"{name}_changelist")
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Keep the new key now") if len(made) == 1 else _("Keep the new keys now"),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "made": made,
        "list_url": list_url,
        # Where a reload leads to: it must not send the form again.
        "reload_url": reverse(f"{name}_change", args=[made[0].key.pk]) if len(made) == 1 else list_url,
    }
    # Admin views tell browsers and proxies not to store their answers.
    return TemplateResponse(request, "admin/billing_customers/key_shown_once.html", context)
