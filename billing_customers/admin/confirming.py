"""Actions that ask first: a page says what will happen, and only its POST does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import helpers
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise

from billing_customers.queries.impact import Impact

if TYPE_CHECKING:
    from billing_customers.admin.base import OperationAdmin

CONFIRMED = "confirmed"
# Sent along by the buttons of an object's own page, which is where they lead back to.
ON_PAGE = "on_page"


@dataclass(frozen=True, slots=True)
class ObjectButton:
    """A button on the page of one object that starts the action of this name."""

    action: str
    label: str | Promise
    is_danger: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks. ``title`` and ``warning`` are plain text; ``button`` names the deed, not just 'yes'."""

    action: str
    title: str | Promise
    warning: str | Promise
    button: str | Promise
    form: forms.Form | None = None
    error: str = ""
    is_danger: bool = True


def is_confirmed(request: HttpRequest) -> bool:
    """Whether this request is the answer of the page."""
    return request.method == "POST" and CONFIRMED in request.POST


def ask(
    model_admin: OperationAdmin,
    request: HttpRequest,
    objects: Sequence[Any],
    question: Question,
    impacts: Sequence[Impact | None] = (),
) -> TemplateResponse:
    """The page that asks ``question`` about ``objects``, with the impact on each where it is known."""
    opts = model_admin.opts
    name = f"{model_admin.admin_site.name}:{opts.app_label}_{opts.model_name}"
    context = {
        **model_admin.admin_site.each_context(request),
        "title": question.title,
        "opts": opts,
        "media": model_admin.media,
        "question": question,
        "objects": [
            (each, model_admin.told_as(each), impact) for each, impact in zip_longest(objects, impacts[: len(objects)])
        ],
        "confirmed": CONFIRMED,
        "on_page": request.POST.get(ON_PAGE, "")[:1],
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "list_url": reverse(f"{name}_changelist"),
        "back_url": (
            reverse(f"{name}_change", args=[objects[0].pk]) if len(objects) == 1 else reverse(f"{name}_changelist")
        ),
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/billing_customers/confirm_action.html", context)
