"""The column of a telephone number in E.164, as plain text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import phonenumbers
from django import forms
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

validate_e164 = RegexValidator(
    r"\A\+[1-9][0-9]{2,18}\Z",
    _("Enter a telephone number as + and digits only, with its country code."),
)


class E164Field(PhoneNumberField):  # type: ignore[misc]
    """A nullable phone number column whose value is ``str | None``, exactly what the database holds.

    Unlike its parent it takes numbers that are possible but not valid (:func:`billing_customers.phones.to_e164` decides
    which), never parses on load or assignment (55 µs each time), and does not depend on any ``PHONENUMBER_*`` setting
    of the host: the column means the same everywhere. Blank text is stored as null.
    """

    description = _("Phone number (E.164)")
    descriptor_class = DeferredAttribute
    default_validators = [validate_e164]

    def __init__(self, *args: Any, max_length: int = 20, null: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, max_length=max_length, null=null, **kwargs)

    @property
    def region(self) -> None:
        """No region: a stored number has its country code, and the host's default must not leak in."""

    def to_python(self, value: Any) -> str | None:
        """Give the text of ``value`` (text, or a number of ``phonenumbers``), ``None`` when it is blank."""
        if isinstance(value, phonenumbers.PhoneNumber):
            return phonenumbers.format_number(value, phonenumbers.PhoneNumberFormat.E164)
        return None if value is None or value == "" else str(value)

    def get_prep_value(self, value: Any) -> str | None:
        """Give the text to bind. The parent parses here and formats as the host's settings say."""
        return self.to_python(models.Field.get_prep_value(self, value))

    def get_db_converters(self, connection: Any) -> list[Callable[..., Any]]:
        """No converter at all, so that loading a row costs no call for this column."""
        return []

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Name length and null always, and no region, so that migrations read the same whatever the defaults are."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("region", None)
        return name, path, args, kwargs | {"max_length": self.max_length, "null": self.null}

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        """Give a plain text field: the one of the parent refuses numbers that are possible but not valid."""
        return models.CharField.formfield(self, **kwargs)
