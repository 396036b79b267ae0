"""What a customer has said of itself, and where it can still be found. Held in memory only, for as long as it takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.db.models.enums import TextChoices

from billing_customers import choices
from billing_customers.models import BillingSite, Customer
from billing_customers.operations import locks
from billing_customers.operations.owned_rows import OWNERS, chunks, model_of, rows_of, text_columns
from billing_customers.personal import PERSONAL
from billing_customers.redaction import leaves

# Shorter ones are found by chance; that their columns are empty is checked for itself.
MIN_LENGTH, MIN_DIGITS = 4, 5
# In rows that are not the customer's, only what hardly anybody else says.
TELLING_LENGTH = 6
_TELLING = re.compile(r"[\d@\s]")

# Words of the contracts, which some customer's metadata will hold too.
_WORDS = frozenset(
    """
    customer card event contact payment_method payment_source transaction invoice subscription promotional_credit
    billing_address customer_balance webhook charge visa mastercard american_express discover diners_club jcb other
    chargebee stripe not_applicable tax_exclusive general true false null none test live
    """.split()  # noqa: SIM905 - it is prose
)


class PersonalDataLeft(Exception):
    """After clearing, something personal is still there. It is told where, never what."""


class Said:
    """Texts that a customer has said of itself, to be looked for.

    ``ids`` stay, and so does a text that is part of one: whoever takes an e-mail address for an id keeps it.
    """

    def __init__(self, texts: Iterable[str], ids: Iterable[str]) -> None:
        kept = "\n".join(ids).casefold()
        wanted = {text.strip().casefold() for text in texts}
        self.texts = sorted(text for text in wanted if _is_told(text) and text not in kept)
        telling = [text for text in self.texts if len(text) >= TELLING_LENGTH and _TELLING.search(text)]
        self._any, self._telling = _pattern(self.texts), _pattern(telling)

    def is_in(self, *values: Any) -> bool:
        """Whether any of it is in one of ``values``: texts, JSON as text, or JSON."""
        return _found(self._any, values)

    def tells_in(self, *values: Any) -> bool:
        """Whether what hardly anybody else says is in one of ``values``."""
        return _found(self._telling, values)


def texts_in(value: Any) -> Iterator[str]:
    """The texts in a column: of JSON, each text in it and each key that is no name of ours."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            yield value
            return
    if isinstance(value, (dict, list)):
        yield from leaves(value)
    elif value is not None and not isinstance(value, (bool, int, float)):
        yield str(value)


def check_nothing_left(site: BillingSite, customer: Customer, said: Said) -> int:
    """Search every text of every row of the customer; return how many rows there are.

    Raises :class:`PersonalDataLeft`.
    """
    searched = 0
    for name in OWNERS:
        columns = [column for column in text_columns(name) if column in PERSONAL[name]]
        for row in chunks(rows_of(name, site, customer), *columns) if columns else ():
            searched += 1
            for column in columns:
                if said.is_in(row[column]):
                    raise PersonalDataLeft(f"{name}.{column} of row {row['pk']} still holds personal data.")
    return searched


def check_strangers(site: BillingSite, said: Said) -> None:
    """Search the rows of the site that are of no customer at all: stored answers, jobs, and what receivers said.

    Raises :class:`PersonalDataLeft`.
    """
    for name, owner in (
        ("IdempotencyRecord", "customer"),
        ("Job", "customer"),
        ("DeliveryAttempt", "delivery__event__customer"),
    ):
        columns = text_columns(name)
        rows: Any = model_of(name)._base_manager.using(locks.database()).filter(site=site, **{owner: None})  # noqa: SLF001
        for row in chunks(rows, *columns):
            if said.tells_in(*(row[column] for column in columns)):
                raise PersonalDataLeft(f"{name} {row['pk']} still holds personal data.")


def ids_of(site: BillingSite, customer: Customer) -> Iterator[str]:
    """The ids of the customer and of what it has."""
    for name in ("Customer", "CustomerAlias", "Contact", "PaymentSource", "Transaction", "Invoice", "Subscription"):
        yield from rows_of(name, site, customer).values_list("public_id", flat=True)


def _is_told(text: str) -> bool:
    if text.isdigit():
        return len(text) >= MIN_DIGITS
    return len(text) >= MIN_LENGTH and text not in _VOCABULARY


def _words_of_choices() -> Iterator[str]:
    for each in vars(choices).values():
        if isinstance(each, type) and issubclass(each, TextChoices):
            yield from (str(value).casefold() for value in each.values)


_VOCABULARY = _WORDS | frozenset(_words_of_choices())


def _pattern(texts: Iterable[str]) -> re.Pattern[str] | None:
    each = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{each})(?!\w)") if each else None


def _found(pattern: re.Pattern[str] | None, values: Iterable[Any]) -> bool:
    if pattern is None:
        return False
    return any(pattern.search(text.casefold()) for value in values for text in texts_in(value))
