"""Tax ids as text: the key they are matched by, and whether their form is right. No network is used."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Literal, Protocol, cast

from stdnum.util import get_cc_module

from billing_customers.places import is_country

MAX_TEXT_LENGTH = 50
"""The longest text that is looked at. Nothing longer is a tax id."""

_SEPARATORS = {"Cc", "Cf", "Pd", "Zl", "Zp", "Zs"}
_MORE_SEPARATORS = "./\u2212"  # U+2212 is the minus sign, which Unicode does not count as a dash

_ISO_CODES = {"EL": "GR"}  # Greece writes EL before its VAT numbers
_SHARED_SCHEMES = {"IM": "GB", "XI": "GB"}  # Isle of Man and Northern Ireland have British VAT numbers

# Where people without a VAT number put another number of the state into the same field, that one is as good.
_MODULES = {
    "BR": ("cnpj", "cpf"),
    "CH": ("vat", "uid"),
    "IL": ("hp", "idnr"),
    "IT": ("iva", "codicefiscale"),
    "NO": ("mva", "orgnr"),
    "TR": ("vkn", "tckimlik"),
}

# A European number has at most two letters after its prefix. More of them (an Indian PAN, a Mexican RFC) means that the
# first two letters are no country.
_PREFIXED = re.compile(
    r"(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)"
    r"(?=[^A-Z]*(?:[A-Z][^A-Z]*){0,2}\Z)[0-9A-Z+*]*[0-9]{2}[0-9A-Z+*]*\Z"
)

Verdict = Literal["valid_syntax", "invalid", "unknown"]


@dataclass(frozen=True, slots=True)
class SyntaxVerdict:
    """What the text of a tax id tells.

    ``country`` is ISO 3166-1 alpha-2 (Greece is GR), or XI for a number of Northern Ireland; ``None`` when not known.
    ``module`` is the module of python-stdnum that decided (``"stdnum.de.vat"``), empty when none did.
    """

    country: str | None
    verdict: Verdict
    module: str = ""


class _Scheme(Protocol):
    __name__: str

    def is_valid(self, number: str) -> bool: ...


def compact(text: str) -> str:
    """Give the key that two spellings of one tax id share: upper case, without blanks, dashes, dots and slashes.

    Full-width forms and digits of any script become ASCII; invisible characters go. The key is never longer than
    ``text``, so it fits wherever the text does.
    """
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    key = unicodedata.normalize("NFC", "".join(_compacted(char) for char in wide))
    # Compatibility forms can be 18 times as long (U+FDFA). No tax id has them: such text is its own key.
    return key if len(key) <= len(text) else text


def _compacted(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return "" if char in _MORE_SEPARATORS or unicodedata.category(char) in _SEPARATORS else char


def check(tax_id: str, country: str | None) -> SyntaxVerdict:
    """Judge the form of ``tax_id``, check digits included.

    Never raises, whatever the text. Without a country, or with one that is not known, the European prefix of the number
    itself counts (``DE136695976``, ``EL…``, ``XI…``); without that the verdict is "unknown", as it is for a country
    whose numbers python-stdnum cannot judge. Text of more than 50 characters is "invalid" unread.

    :param country: ISO 3166-1 alpha-2, XI, or EL for Greece, in any case.
    """
    given = _known_country(country or "")
    if len(tax_id) > MAX_TEXT_LENGTH:
        return SyntaxVerdict(given, "invalid")
    number = compact(tax_id)
    owner = _owner(number, given)
    schemes = _schemes(owner) if owner else ()
    if not schemes:
        return SyntaxVerdict(owner, "unknown")
    for scheme in schemes:
        if _accepts(scheme, number):
            return SyntaxVerdict(owner, "valid_syntax", scheme.__name__)
    return SyntaxVerdict(owner, "invalid", schemes[0].__name__)


def _known_country(code: str) -> str | None:
    code = _ISO_CODES.get(code.upper(), code.upper())
    return code if is_country(code) else None


def _owner(number: str, given: str | None) -> str | None:
    """Give the country whose rules apply. XI before a British number counts: VIES knows it by that prefix only."""
    if given is None:
        prefix = _PREFIXED.match(number)
        return _known_country(prefix[1]) if prefix else None
    return "XI" if given == "GB" and number.startswith("XI") else given


@cache
def _schemes(country: str) -> tuple[_Scheme, ...]:
    """Import, when first asked, the modules for ``country``, a code of :func:`_known_country`: never raw input."""
    country = _SHARED_SCHEMES.get(country, country)
    if country in _MODULES:
        package = f"stdnum.{country.lower()}"
        return tuple(cast(_Scheme, import_module(f"{package}.{name}")) for name in _MODULES[country])
    module = get_cc_module(country, "vat")
    return (cast(_Scheme, module),) if module else ()


def _accepts(scheme: _Scheme, number: str) -> bool:
    try:
        return scheme.is_valid(number)
    except Exception:  # noqa: BLE001 - hostile text makes some of its modules raise errors other than their own
        return False
