"""From what an operation refused to the form that asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from django import forms
from django.http import HttpRequest

from billing_customers.exceptions import BillingError, InvalidInput, Issue


class RowFault(Exception):
    """An operation refused what one row of an inline asked for. ``prefix`` is the row's form prefix."""

    def __init__(self, prefix: str | None, error: BillingError) -> None:
        super().__init__(error.message)
        self.prefix = prefix
        self.error = error


Fault = BillingError | RowFault

_faults: WeakKeyDictionary[HttpRequest, Fault] = WeakKeyDictionary()


def remember(request: HttpRequest, fault: Fault) -> None:
    """Keep ``fault`` for the forms that are made for the rest of ``request``."""
    _faults[request] = fault


def fault_of(request: HttpRequest) -> Fault | None:
    """What an operation had against this request, if it was tried already."""
    return _faults.get(request)


@contextmanager
def blamed_on(form: forms.BaseForm) -> Iterator[None]:
    """Turn a domain error of the block into a :class:`RowFault` of ``form``."""
    try:
        yield
    except BillingError as error:
        raise RowFault(form.prefix, error) from error


class ErrorsOfOperations(forms.BaseForm):
    """A form that shows what an operation had against it, beside the fields that are to blame."""

    def show(self, error: BillingError) -> None:
        """Add what ``error`` says to the fields it is about."""
        issues = error.issues if isinstance(error, InvalidInput) else [Issue(error.param, error.message)]
        for issue in issues:
            field = self.field_named(issue.field)
            if field in self.fields:
                self.add_error(field, issue.message)
            else:
                self.add_error(None, f"{issue.field}: {issue.message}" if issue.field else issue.message)

    def field_named(self, attribute: str) -> str:
        """The field for an attribute as the domain calls it."""
        return attribute


class OperationForm(ErrorsOfOperations, forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """A form whose values go to an operation. The instance stays as it was loaded: the operation checks and stores."""

    fault: Fault | None = None

    def _post_clean(self) -> None:
        """Leave out Django's own construction and validation of the instance."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        fault = self.fault
        if isinstance(fault, BillingError) and not self.prefix:
            self.show(fault)
        elif isinstance(fault, RowFault) and fault.prefix == self.prefix:
            self.show(fault.error)
        return cleaned
