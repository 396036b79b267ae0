"""What texts are compared by when customers are looked up."""

from __future__ import annotations

import unicodedata

from billing_customers.tax.syntax import compact

MAX_TAX_ID_KEY = 50


def email_key(email: str) -> str:
    """The key of an e-mail address: NFC, trimmed, casefolded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).strip().casefold())


def tax_id_key(tax_id: str) -> str:
    """The key of a tax id: upper case, without blanks and punctuation."""
    return compact(tax_id)[:MAX_TAX_ID_KEY]
