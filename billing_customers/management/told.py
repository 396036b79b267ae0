"""What commands that act on a site have in common: a refusal is told as a sentence, and the exit status is 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from billing_customers.exceptions import BillingError, InvalidInput
from billing_customers.models import BillingSite


def site_of(slug: str) -> BillingSite:
    """The site with this slug. Raises ``CommandError``."""
    site = BillingSite.objects.filter(slug=slug).first()
    if site is None:
        raise CommandError(f"There is no site {slug}. Make it with billing_create_site.")
    return site


@contextmanager
def refusals() -> Iterator[None]:
    """Tell what an operation refuses, as ``CommandError``."""
    try:
        yield
    except InvalidInput as error:
        raise CommandError(" ".join(f"{issue.field}: {issue.message}" for issue in error.issues)) from error
    except BillingError as error:
        raise CommandError(error.message) from error


def whole_number(name: str, text: str | None) -> int:
    """The value of the option ``name``, which must be given. Raises ``CommandError``."""
    if text is None:
        raise CommandError(f"{name} is required.")
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 20):
        raise CommandError(f"{name}: Must be an integer, in minor units such as cents.")
    return int(text)


def moment(name: str, text: str | None) -> datetime | None:
    """The value of the option ``name``; without a time zone it is in that of the settings. Raises ``CommandError``."""
    if text is None:
        return None
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None:
        raise CommandError(f"{name}: Must be ISO 8601, such as 2027-01-31T00:00:00Z.")
    return at if timezone.is_aware(at) else timezone.make_aware(at)
