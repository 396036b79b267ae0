from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing_customers.admin.api_key_forms import ApiKeyForm, OverlapForm
from billing_customers.admin.base import OperationAdmin
from billing_customers.admin.cells import badge, ltr_cell
from billing_customers.admin.confirming import ObjectButton, Question, ask, is_confirmed
from billing_customers.admin.filters import SITE_PARAMETER, STATE_PARAMETER, KeyStateFilter, SiteFilter
from billing_customers.admin.once_page import OncePage, Shown, hold, show_held
from billing_customers.events.sealing import Secret
from billing_customers.exceptions import BillingError
from billing_customers.models import ApiKey
from billing_customers.operations import locks
from billing_customers.operations.api_keys import create_api_key, revoke_api_key, roll_api_key

REVOKE = Question(
    action="revoke",
    title=_("Revoke API keys?"),
    warning=_("Every call with these keys fails from now on. This cannot be undone."),
    button=_("Revoke now"),
)
ROLL = Question(
    action="roll",
    title=_("Roll API keys?"),
    warning=_("A new key with the same site, name and scopes is made and shown once. The old key goes on for a while."),
    button=_("Make the new key"),
)
NEW_KEY = OncePage(
    title=_("Keep the new key now"),
    title_of_several=_("Keep the new keys now"),
    warning=_(
        "This is the only time that the key is shown. Only a digest of it is stored, so it cannot be shown again: if "
        "it is lost, roll the key."
    ),
    leave=_("I have kept it: go on"),
)


@admin.register(ApiKey)
class ApiKeyAdmin(OperationAdmin):
    """Keys of sites. The text of a key is in one answer, the one to the POST that made it; no page shows the digest."""

    form = ApiKeyForm
    list_display = (
        "hint_cell",
        "name",
        "site_cell",
        "scopes_cell",
        "state",
        "created_at",
        "expires_at",
        "last_used_at",
    )
    list_filter = (SiteFilter, KeyStateFilter)
    list_select_related = ("site",)
    allowed_lookups = frozenset({SITE_PARAMETER, STATE_PARAMETER})
    search_fields = ("name", "hint")
    search_help_text = _("Part of the name, or the last characters of the key.")
    sortable_by = ()
    actions = ("roll", "revoke")

    hint_cell = ltr_cell("hint", _("hint"))
    site_cell = ltr_cell("site", _("site"))
    scopes_cell = ltr_cell("scopes", _("scopes"))
    successor_cell = ltr_cell("successor", _("rolled into"))

    @admin.display(description=_("state"))
    def state(self, key: ApiKey) -> str:
        return _state_badge(key, timezone.now())

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return super().get_queryset(request).defer("digest", "throttle_window", "throttle_calls")

    def get_fieldsets(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("site", "name", "scopes", "expires_at")}),)
        times = ("created_at", "expires_at", "last_used_at", "revoked_at", "successor_cell")
        return (
            (None, {"fields": ("hint_cell", "name", "site_cell", "scopes_cell", "state")}),
            (_("Audit"), {"fields": times}),
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A key is never edited; what its permission allows are the actions.
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(self.has_own_permission(request, action) for action in ("view", "change"))

    def has_manage_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Whether the user may roll and revoke keys, or this one."""
        return self.has_own_permission(request, "change")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        values = form.cleaned_data
        key, text = create_api_key(
            site=values["site"],
            scopes=values["scopes"],
            name=values["name"],
            expires_at=values["expires_at"],
            at=timezone.now(),
        )
        obj.pk = key.pk
        obj.refresh_from_db()
        hold(request, [_shown(key, text)])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A key has no rows beside it."""

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        return show_held(self, request, NEW_KEY)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        # Each save ends on the page with the key, so there is one button.
        context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **options)

    def get_object_buttons(self, request: HttpRequest, obj: ApiKey) -> list[ObjectButton]:
        if not self.has_manage_permission(request, obj) or not obj.is_usable(timezone.now()):
            return []
        roll = [] if obj.successor_id else [ObjectButton("roll", _("Roll…"))]
        return [*roll, ObjectButton("revoke", _("Revoke…"), is_danger=True)]

    @admin.action(description=_("Revoke…"), permissions=["manage"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        keys = self._manageable(request, queryset)
        if not is_confirmed(request):
            return ask(self, request, keys, REVOKE)
        at = timezone.now()
        for key in keys:
            revoke_api_key(key=key, at=at)
            self.log_change(request, key, "Revoked.")
        done = ngettext("%(count)d key was revoked.", "%(count)d keys were revoked.", len(keys))
        self.message_user(request, done % {"count": len(keys)}, messages.SUCCESS)
        return None

    @admin.action(description=_("Roll: make a successor…"), permissions=["manage"])
    def roll(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse:
        keys = self._manageable(request, queryset)
        form = OverlapForm(request.POST if is_confirmed(request) else None)
        if not form.is_valid():
            return ask(self, request, keys, replace(ROLL, form=form))
        at = timezone.now()
        try:
            with transaction.atomic(using=locks.database()):
                made = [roll_api_key(key=key, overlap=form.overlap, at=at) for key in keys]
                for key, (successor, _text) in zip(keys, made, strict=True):
                    self.log_change(request, key, f"Rolled into {successor.hint}.")
                    self.log_addition(request, successor, f"Rolled from {key.hint}.")
        except BillingError as error:
            return ask(self, request, keys, replace(ROLL, form=form, error=error.message))
        hold(request, [_shown(*pair) for pair in made])
        return show_held(self, request, NEW_KEY)

    def _manageable(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> list[ApiKey]:
        """The ticked keys, each of which the user may manage."""
        keys = list(queryset.select_related("site"))
        if not all(self.has_manage_permission(request, key) for key in keys):
            raise PermissionDenied
        return keys


def _shown(key: ApiKey, text: str) -> Shown:
    facts = ((_("Site"), str(key.site)), (_("Scopes"), key.scopes), (_("Name"), key.name))
    return Shown(key.pk, key.hint, Secret(text), facts)


def _state_badge(key: ApiKey, at: datetime) -> str:
    if key.revoked_at is not None:
        return badge(_("revoked"), "bad")
    if key.successor_id is not None:
        return badge(_("rolled"), "warn")
    return badge(_("active"), "good") if key.is_usable(at) else badge(_("expired"), "quiet")
