"""Why a gateway says no: words for programs, sentences for people. The words are Stripe's where it has one."""

from __future__ import annotations

_SENTENCES = {
    "authentication_required": "The card holder has to confirm the payment, which cannot be done here.",
    "card_declined": "The card was declined.",
    "canceled": "The payment was cancelled.",
    "expired_card": "The card has expired.",
    "gateway_credentials": "The gateway refuses the credentials of its account.",
    "incorrect_cvc": "The security code of the card is wrong.",
    "incorrect_number": "This is not the number of a card.",
    "incorrect_zip": "The postal code is not that of the card.",
    "insufficient_funds": "There are not sufficient funds for the payment.",
    "invalid_amount": "The gateway does not take this amount.",
    "invalid_cvc": "The security code of the card is wrong.",
    "invalid_expiry_month": "The card cannot expire in this month.",
    "invalid_expiry_year": "The card cannot expire in this year.",
    "invalid_number": "This is not the number of a card.",
    "invalid_request": "The gateway refuses the request.",
    "not_supported": "The gateway does not take it.",
    "processing_error": "The payment could not be processed. Try again later.",
    "unknown_reference": "The gateway knows no such payment method.",
}
_PARAMS = {
    "expired_card": "card.expiry_year",
    "incorrect_cvc": "card.cvv",
    "incorrect_number": "card.number",
    "incorrect_zip": "card.billing_zip",
    "invalid_cvc": "card.cvv",
    "invalid_expiry_month": "card.expiry_month",
    "invalid_expiry_year": "card.expiry_year",
    "invalid_number": "card.number",
}


def sentence_of(reason: str, *, otherwise: str = "card_declined") -> str:
    """The sentence for a reason; one that is not known here is told as ``otherwise`` is."""
    return _SENTENCES.get(reason) or _SENTENCES[otherwise]


def param_of(reason: str) -> str:
    """The part of a new card that a reason blames, if it blames one."""
    return _PARAMS.get(reason, "")
