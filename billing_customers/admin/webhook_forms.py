from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from billing_customers.admin.api_key_forms import HOUR
from billing_customers.admin.faults import OperationForm
from billing_customers.admin.fields import MultilineField
from billing_customers.choices import DialectName, EventType, ResponseSchema
from billing_customers.events.renderers import renderer_of
from billing_customers.exceptions import BillingError, InvalidInput
from billing_customers.models import WebhookEndpoint
from billing_customers.models.webhook import EVERY_EVENT
from billing_customers.operations.endpoint_columns import endpoint_columns
from billing_customers.operations.webhooks import DEFAULT_OVERLAP, MAX_OVERLAP, EndpointAttributes

ALL, SOME = "all", "some"
# A ping goes to one endpoint, whatever it selects.
TYPES = [each for each in EventType if each != EventType.PING]
PLAIN = (
    "dialect",
    "url",
    "name",
    "description",
    "is_primary",
    "sends_card",
    "response_schema",
    "basic_auth_username",
)


class EndpointForm(OperationForm):
    """An endpoint. Only what was changed is sent to the operation, and a password is never sent to the browser."""

    which_events = forms.ChoiceField(
        label=_("Events"),
        choices=[(ALL, _("All, those of later versions too")), (SOME, _("Only the following"))],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    ticked_events = forms.MultipleChoiceField(
        label=_("Selected events"), required=False, widget=forms.CheckboxSelectMultiple
    )
    other_events = MultilineField(
        label=_("Other events"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60, "dir": "ltr", "spellcheck": "false"}),
        help_text=_("Names of the contract that nothing here raises yet, with blanks between them."),
    )
    response_schema = forms.ChoiceField(
        label=_("Response schema"), required=False, choices=[("", "-"), *ResponseSchema.choices]
    )
    new_password = forms.CharField(
        label=_("Basic auth password"),
        required=False,
        strip=False,
        max_length=250,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "dir": "ltr"}),
    )

    class Meta:
        model = WebhookEndpoint
        fields: tuple[str, ...] = ()
        help_texts = {
            "url": _("https only, unless your settings allow more. No redirect is followed."),
            "is_primary": _("At most one endpoint of a site is. It makes no difference to what is sent."),
            "sends_card": _("Kept for Chargebee's clients."),
            "basic_auth_username": _(
                "Sent with each webhook as HTTP basic authentication. Empty: none, and no password."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = self.instance.pk is None
        for name in {"url", "basic_auth_username"} & set(self.fields):
            self.fields[name].widget.attrs |= {"dir": "ltr", "autocomplete": "off"}
        if "url" in self.fields:
            self.fields["url"].widget.attrs |= {"class": "bc-wide"}
            self.fields["description"].widget.attrs |= {"class": "bc-wide"}
        if "ticked_events" in self.fields:
            self._offer_events()
        if "new_password" in self.fields and not self.is_new and self.instance.basic_auth_password:
            self.fields["new_password"].help_text = _("One is stored and never shown. Empty: it stays.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("which_events") == SOME and not self._names():
            self.add_error("ticked_events", gettext("Tick at least one event, or choose all."))
        else:
            try:
                endpoint_columns(self.attributes, dialect=self._dialect)
            except InvalidInput as error:
                self.show(error)
        return cleaned

    @property
    @sensitive_variables()
    def attributes(self) -> EndpointAttributes:
        """What was changed, as the operation takes it."""
        values, changed = self.cleaned_data, set(self.changed_data)
        given: dict[str, Any] = {field: values[field] for field in PLAIN if field in changed and field in values}
        names = self._names()
        if set(names) != set([EVERY_EVENT] if self.is_new else self.instance.events):
            given["events"] = names
        if values.get("new_password"):
            given["basic_auth_password"] = values["new_password"]
        return given  # type: ignore[return-value]  # the keys are those of the attributes

    def show(self, error: BillingError) -> None:
        names = self._names()
        for issue in error.issues if isinstance(error, InvalidInput) else ():
            attribute, _dot, number = issue.field.partition(".")
            if attribute == "events" and number.isdigit() and int(number) < len(names):
                self.add_error("other_events", f"{names[int(number)]}: {issue.message}")
                return
        super().show(error)

    def field_named(self, attribute: str) -> str:
        return {"basic_auth_password": "new_password", "events": "other_events"}.get(attribute, attribute)

    @property
    def _dialect(self) -> str | None:
        """The dialect of a stored endpoint; a new one's is among its attributes."""
        return None if self.is_new else self.instance.dialect

    def _names(self) -> list[str]:
        """The selection, in the words of the dialect."""
        values = self.cleaned_data
        dialect = self._dialect or values.get("dialect")
        if values.get("which_events") != SOME or not dialect:
            return [EVERY_EVENT]
        ticked = [renderer_of(dialect).name_of(each) for each in values.get("ticked_events", ())]
        other = str(values.get("other_events") or "").replace(",", " ").split()
        return list(dict.fromkeys([*filter(None, ticked), *other]))

    def _offer_events(self) -> None:
        """A box for each event that happens here, with its name in the contract, or in both while none is chosen."""
        dialects = [self._dialect] if self._dialect else DialectName.values
        names = {kind: {each: renderer_of(each).name_of(kind) for each in dialects} for kind in TYPES}
        boxes: Any = self.fields["ticked_events"]
        boxes.choices = [
            (kind.value, f"{kind.label}: {', '.join(name for name in by_dialect.values() if name)}")
            for kind, by_dialect in names.items()
            if any(by_dialect.values())
        ]
        if self._dialect:
            selected = [] if EVERY_EVENT in self.instance.events else list(self.instance.events)
            known = {by_dialect[self._dialect]: kind.value for kind, by_dialect in names.items()}
            self.initial["which_events"] = SOME if selected else ALL
            self.initial["ticked_events"] = [known[name] for name in selected if name in known]
            self.initial["other_events"] = "\n".join(name for name in selected if name not in known)


class SecretOverlapForm(forms.Form):
    """How long the old secret signs too, so that the receiver has time to change over."""

    overlap_hours = forms.IntegerField(
        label=_("The old secret signs too for how many more hours?"),
        min_value=0,
        max_value=MAX_OVERLAP // HOUR,
        initial=DEFAULT_OVERLAP // HOUR,
        help_text=_("0 ends it at once. At most 168, a week."),
        widget=forms.NumberInput(attrs={"dir": "ltr", "min": 0, "max": MAX_OVERLAP // HOUR}),
    )

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["overlap_hours"])


class Moment(forms.DateTimeInput):
    """The browser's own field for a date and a time, in the time zone of the page."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"dir": "ltr"}, format="%Y-%m-%dT%H:%M")


class ResendRangeForm(forms.Form):
    """Which events go to an endpoint once more."""

    since = forms.DateTimeField(label=_("What happened from"), widget=Moment)
    until = forms.DateTimeField(label=_("Until"), required=False, widget=Moment, help_text=_("Empty: until now."))
    only_failed = forms.BooleanField(
        label=_("Only what was given up and has not arrived since"), required=False, initial=True
    )


class ResendEventForm(forms.Form):
    """Where an event goes once more."""

    endpoint = forms.ModelChoiceField(
        label=_("To which endpoint?"),
        queryset=WebhookEndpoint.objects.none(),
        required=False,
        empty_label=_("every one that selects it"),
        widget=forms.Select(attrs={"dir": "ltr"}),
    )

    def __init__(self, endpoints: Any, data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["endpoint"]
        field.queryset = endpoints
        field.label_from_instance = endpoint_label


def endpoint_label(endpoint: WebhookEndpoint) -> str:
    """What tells an endpoint from others: its id, its dialect and its name or else the URL, cut."""
    about = endpoint.name or endpoint.url
    cut = about if len(about) <= 60 else f"{about[:59]}…"
    facts = [endpoint.get_dialect_display(), *([] if endpoint.is_enabled else [gettext("disabled")])]
    return f"{endpoint.public_id} ({', '.join(facts)}) {cut}"
