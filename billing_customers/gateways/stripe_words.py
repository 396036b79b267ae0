"""What is called and counted otherwise at Stripe: brands, amounts, faults, what became of a payment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stripe

from billing_customers.choices import FundingType, PaymentMethodType
from billing_customers.gateways.base import (
    CardInput,
    Charge,
    ChargeStatus,
    GatewayError,
    Refused,
    StoredSource,
    Unreachable,
)
from billing_customers.gateways.reasons import param_of, sentence_of

# Why we cancel a payment that waits for its card holder, who will not come.
ABANDONED = "abandoned"

_CARDS = frozenset({PaymentMethodType.CARD, PaymentMethodType.APPLE_PAY, PaymentMethodType.GOOGLE_PAY})
_DEBITS = ("us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit", "acss_debit", "nz_bank_account")
_BRANDS = {"amex": "american_express", "diners": "diners_club"}
_KNOWN_BRANDS = frozenset({"visa", "mastercard", "american_express", "discover", "diners_club", "jcb"})
_LENGTHS = {"american_express": 15, "diners_club": 14}

# No decimals in ISO 4217 and two at Stripe, or the other way: https://docs.stripe.com/currencies#special-cases
_TWO_DECIMALS_THERE = frozenset({"ISK", "UGX"})
_NO_DECIMALS_THERE = frozenset({"MGA"})

_REFERENCE = re.compile(r"(cus_\w{1,60})(?:/((?:pm|card|src|ba)_\w{1,60}))?", re.ASCII)
_REASON = re.compile(r"[a-z0-9_]{1,60}", re.ASCII)

# The request was understood and not carried out. All other faults leave that open.
_NOT_DONE = (stripe.CardError, stripe.InvalidRequestError, stripe.AuthenticationError, stripe.PermissionError)


@dataclass(frozen=True, slots=True)
class Reference:
    """``cus_…/pm_…``: a customer at Stripe and a payment method of it. The latter is empty where none is named."""

    customer: str
    method: str = ""

    def __str__(self) -> str:
        return f"{self.customer}/{self.method}"


def read_reference(text: str) -> Reference | None:
    """Read a reference; ``None`` when it is none of Stripe's."""
    match = _REFERENCE.fullmatch(text)
    return None if match is None else Reference(match[1], match[2] or "")


def brand_of(card: Any) -> str:
    """The brand of a card as Chargebee calls it."""
    brand = _BRANDS.get(card.brand, card.brand)
    return brand if brand in _KNOWN_BRANDS else "other"


def number_length(brand: str) -> int:
    """How long a number of this brand is: Stripe does not say it of a card."""
    return _LENGTHS.get(brand, 16)


def funding_of(card: Any) -> FundingType:
    """How a card is funded."""
    funding = getattr(card, "funding", "")
    return FundingType(funding) if funding in {"credit", "debit", "prepaid"} else FundingType.NOT_KNOWN


def amount_there(amount: int, currency: str) -> int | None:
    """Minor units of ISO 4217 as Stripe counts them; ``None`` for an amount that it cannot take."""
    if currency in _TWO_DECIMALS_THERE:
        return amount * 100
    if currency in _NO_DECIMALS_THERE:
        return amount // 100 if amount % 100 == 0 else None
    return amount


def is_not_done(error: stripe.StripeError) -> bool:
    """Whether it is certain that what was asked was not carried out."""
    return isinstance(error, _NOT_DONE)


def reason_of(error: stripe.StripeError) -> str:
    """The stable word for an error: why the bank declined, or else Stripe's code."""
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return "gateway_credentials"
    word = _word(getattr(error.error, "decline_code", None), getattr(error, "code", None))
    if word == "resource_missing" or error.http_status == 404:
        return "unknown_reference"
    return word or _kind(error)


def fault_of(error: stripe.StripeError, *, param: str = "") -> GatewayError:
    """What an adapter raises. None of Stripe's own sentences is in it: they may repeat what was sent.

    ``param`` is to blame when the error itself blames no part of a card.
    """
    if not is_not_done(error):
        return unreachable()
    reason = reason_of(error)
    return Refused(sentence_of(reason, otherwise=_kind(error)), reason=reason, param=param_of(reason) or param)


def unreachable() -> Unreachable:
    """What an adapter raises when nothing is known for certain."""
    return Unreachable("Stripe did not give an answer that can be trusted.", reason="timeout")


def charge_of_error(error: stripe.StripeError) -> Charge | None:
    """What became of a payment that Stripe answered with an error; ``None`` when that cannot be known."""
    if not is_not_done(error):
        return None
    intent = getattr(error.error, "payment_intent", None)
    return failed_charge(reason_of(error), id_at_gateway=getattr(intent, "id", ""), otherwise=_kind(error))


def charge_of_intent(intent: Any) -> Charge:
    """What became of a payment, by its PaymentIntent."""
    if intent.status == "succeeded":
        return Charge(ChargeStatus.SUCCEEDED, id_at_gateway=intent.id)
    if intent.status == "canceled":
        is_ours = getattr(intent, "cancellation_reason", None) == ABANDONED
        return failed_charge("authentication_required" if is_ours else "canceled", id_at_gateway=intent.id)
    error = getattr(intent, "last_payment_error", None)
    if intent.status == "requires_payment_method" and error is not None:
        word = _word(getattr(error, "decline_code", None), getattr(error, "code", None))
        return failed_charge(word or "card_declined", id_at_gateway=intent.id)
    # Still on its way: an intent is also seen while the request that makes it is being carried out.
    return Charge(ChargeStatus.PENDING, id_at_gateway=intent.id)


def failed_charge(reason: str, *, id_at_gateway: str = "", otherwise: str = "card_declined") -> Charge:
    """A payment that was not made, for this reason."""
    status = ChargeStatus.ACTION_NEEDED if reason == "authentication_required" else ChargeStatus.DECLINED
    return Charge(status, id_at_gateway or "", reason, sentence_of(reason, otherwise=otherwise))


def _kind(error: stripe.StripeError) -> str:
    return "card_declined" if isinstance(error, stripe.CardError) else "invalid_request"


def _word(decline_code: Any, code: Any) -> str:
    """The one that says more. Whatever is no word is left out."""
    # The most common decline code says nothing beyond the code.
    words = (None if decline_code == "generic_decline" else decline_code, code)
    return next((each for each in words if isinstance(each, str) and _REASON.fullmatch(each)), "")


def is_of_type(method: Any, wanted: PaymentMethodType) -> bool:
    """Whether the payment method can be taken for one of the ``wanted`` type."""
    return type_of(method, wanted) == wanted


def type_of(method: Any, wanted: PaymentMethodType) -> PaymentMethodType | None:
    """What the payment method is here; ``None`` for one that cannot be charged later."""
    if method.type == "card":
        return wanted if wanted in _CARDS else PaymentMethodType.CARD
    return PaymentMethodType.DIRECT_DEBIT if method.type in _DEBITS else None


def stored_source(method: Any, wanted: PaymentMethodType, given: CardInput | None = None) -> StoredSource:
    """What a receipt shows of a payment method. ``given`` says what Stripe does not: the names."""
    found = type_of(method, wanted)
    if found != wanted:
        raise Refused(
            "Stripe knows it as another type of payment method.", reason="wrong_type", param="payment_method.type"
        )
    reference = str(Reference(method.customer, method.id))
    if found == PaymentMethodType.DIRECT_DEBIT:
        account = getattr(method, method.type)
        return StoredSource(
            type=found,
            reference_id=reference,
            last4=account.last4 or "",
            bank_name=getattr(account, "bank_name", None) or "",
            account_type=getattr(account, "account_type", None) or "",
            account_holder_type=getattr(account, "account_holder_type", None) or "",
            issuing_country=getattr(account, "country", None) or "",
        )
    card, brand = method.card, brand_of(method.card)
    return StoredSource(
        type=found,
        reference_id=reference,
        brand=brand,
        last4=card.last4 or "",
        number_length=number_length(brand),
        expiry_month=card.exp_month,
        expiry_year=card.exp_year,
        funding_type=funding_of(card),
        issuing_country=getattr(card, "country", None) or "",
        first_name=given.first_name if given else "",
        last_name=given.last_name if given else "",
        billing_address=(dict(given.billing_address) or None) if given else None,
    )


def address_there(given: Mapping[str, str]) -> dict[str, str]:
    """The contract's ``card[billing_…]`` as Stripe spells it."""
    names = {
        "line1": ("addr1", "line1"),
        "line2": ("addr2", "line2"),
        "city": ("city",),
        "state": ("state", "state_code"),
        "postal_code": ("zip",),
        "country": ("country",),
    }
    found = {name: next((given[each] for each in ours if given.get(each)), "") for name, ours in names.items()}
    return {name: value for name, value in found.items() if value}
