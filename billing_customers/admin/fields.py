"""Form fields that keep what was not touched exactly as it is stored."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin.cells import pretty
from billing_customers.models import BillingSite


class TrimmedField(forms.CharField):
    """Text on one line. Stored blanks around it, which the browser's text is trimmed of, are no change."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(str(initial or "").strip(), data)


class MultilineField(TrimmedField):
    """Text on several lines. Browsers send CR LF for each line break; stored is LF."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class SiteChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    """A site, with its mode: what is done to a live one concerns real money."""

    def label_from_instance(self, obj: Any) -> str:
        return site_label(obj)


def site_label(site: BillingSite) -> str:
    """The slug and the mode."""
    return f"{site.slug} ({gettext('live') if site.livemode else gettext('test')})"


class JsonField(forms.JSONField):
    """JSON as a person reads and writes it: indented, and what was typed comes back as it was typed."""

    default_error_messages = {"duplicate": _("The key %(key)s appears twice.")}

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, _Typed) or value is None else pretty(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial if self.disabled else None if data is None else _Typed(data)

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return None
        try:
            return json.loads(value, object_pairs_hook=self._unique)
        except (ValueError, RecursionError) as error:
            # Also nesting and numbers beyond what Python reads, which Django's own field lets crash.
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value}) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return repr(self.to_python(data)) != repr(initial)
        except ValidationError:
            return True

    def _unique(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise ValidationError(self.error_messages["duplicate"], code="duplicate", params={"key": key})
            found[key] = value
        return found


class _Typed(str):
    """Text that came from the browser."""

    __slots__ = ()
