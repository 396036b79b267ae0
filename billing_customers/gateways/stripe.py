"""Stripe, by its official library. Needs the extra ``[stripe]``.

A reference is ``cus_…/pm_…``: a customer at Stripe and one of its payment methods. Each stored source has a customer of
its own there, which carries our customer's id and no name or address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import stripe
from django.views.decorators.debug import sensitive_variables

from billing_customers.choices import PaymentMethodType
from billing_customers.events.egress import fault_of_url
from billing_customers.events.sealing import Secret
from billing_customers.gateways.base import (
    AccountInput,
    BankAccountInput,
    Capability,
    CardInput,
    Charge,
    ChargeRequest,
    Gateway,
    Holder,
    ReferenceInput,
    Refused,
    SourceInput,
    StoredSource,
)
from billing_customers.gateways.reasons import sentence_of
from billing_customers.gateways.stripe_http import client_of, placeholders
from billing_customers.gateways.stripe_words import (
    ABANDONED,
    Reference,
    address_there,
    amount_there,
    charge_of_error,
    charge_of_intent,
    failed_charge,
    fault_of,
    is_of_type,
    read_reference,
    stored_source,
    unreachable,
)
from billing_customers.models import GatewayAccount

METADATA_KEY = "billing_customers_key"
METADATA_CUSTOMER = "billing_customers_customer"
PAGE = 100

# An answer that is not of the expected form is none that can be trusted.
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)

T = TypeVar("T")


class StripeGateway(Gateway):
    """``raw_cards`` says that the account may send card numbers (Stripe has to allow it); ``api_base`` leads a test
    site elsewhere.
    """

    capabilities = frozenset({Capability.REFERENCES, Capability.TOKENS})
    credential_names: ClassVar[tuple[str, ...]] = ("api_key",)
    option_names: ClassVar[tuple[str, ...]] = ("raw_cards", "api_base")

    @sensitive_variables()
    def __init__(self, account: GatewayAccount, credentials: Mapping[str, Secret]) -> None:
        super().__init__(account, credentials)
        if self.options.get("raw_cards") is True:
            self.capabilities = self.capabilities | {Capability.RAW_CARDS}
        base = self.options.get("api_base")
        self._stripe = stripe.StripeClient(
            credentials["api_key"].reveal(),
            # A repetition is the caller's to decide: it knows how long somebody has been waiting.
            max_network_retries=0,
            http_client=client_of(allow_private=bool(base)),
            base_addresses={"api": base} if base else {},
        ).v1

    @classmethod
    def faults(cls, given: AccountInput) -> Mapping[str, str]:
        found, options = {}, given.options
        mode = "live" if given.livemode else "test"
        if not given.credentials["api_key"].reveal().startswith((f"sk_{mode}_", f"rk_{mode}_")):
            found["api_key"] = f"Must be a secret or restricted key of Stripe's {mode} mode."
        if not isinstance(options.get("raw_cards", False), bool):
            found["raw_cards"] = "Must be true or false."
        base = options.get("api_base", "https://api.stripe.com")
        if "api_base" in options and given.livemode:
            found["api_base"] = "Is for test sites only."
        elif not isinstance(base, str) or fault_of_url(base, allow_http=True, allow_private=True) is not None:
            found["api_base"] = "Must be a URL such as http://127.0.0.1:8420."
        return found

    @classmethod
    @sensitive_variables()
    def is_same_vault(cls, one: AccountInput, other: AccountInput) -> bool:
        """By the key, and where it is good; whether card numbers may be sent matters to new sources only."""
        return one.credentials == other.credentials and one.options.get("api_base") == other.options.get("api_base")

    @sensitive_variables()
    def store(self, given: SourceInput, holder: Holder) -> StoredSource:
        match given:
            case CardInput() if Capability.RAW_CARDS in self.capabilities:
                return self._store_card(given, holder)
            case ReferenceInput(tmp_token=Secret() as token):
                return self._store_token(token, given, holder)
            case ReferenceInput():
                return self._adopt(given)
            case CardInput() | BankAccountInput():
                raise Refused(sentence_of("not_supported"), reason="not_supported")

    def detach(self, reference_id: str) -> None:
        reference = read_reference(reference_id)
        if reference is None or not reference.method:
            return
        if self._is_attached(reference):
            _asked(lambda: self._remove(reference), is_certain=False)

    def charge(self, request: ChargeRequest) -> Charge:
        """Stripe keeps an idempotency key for a day at least: after that, ask with :meth:`look_up` first."""
        reference = read_reference(request.reference_id)
        amount = amount_there(request.amount, request.currency)
        if reference is None or not reference.method:
            return failed_charge("unknown_reference")
        if amount is None:
            return failed_charge("invalid_amount")
        try:
            return charge_of_intent(self._pay(request, reference, amount))
        except stripe.StripeError as error:
            known = charge_of_error(error)
        except _MALFORMED:
            known = None
        if known is None:
            raise unreachable()
        return known

    def look_up(self, request: ChargeRequest) -> Charge | None:
        """By the list of the customer's payments: it is never behind, as Stripe's search may be for a minute."""
        reference = read_reference(request.reference_id)
        if reference is None:
            return None
        return _asked(lambda: self._find(request.key, reference.customer), is_certain=False)

    def check(self) -> None:
        _asked(lambda: self._stripe.payment_intents.list({"limit": 1}))

    @sensitive_variables()
    def _store_card(self, card: CardInput, holder: Holder) -> StoredSource:
        name = f"{card.first_name} {card.last_name}".strip() or holder.name
        cvv = card.cvv or Secret("")
        with placeholders({"number": card.number, "cvc": cvv}) as words:
            details: Any = {
                "number": words["number"],
                "exp_month": card.expiry_month,
                "exp_year": card.expiry_year,
                **({"cvc": words["cvc"]} if cvv.reveal() else {}),
            }
            owner: Any = {"name": name, "email": holder.email, "address": address_there(card.billing_address)}
            billing: Any = {part: value for part, value in owner.items() if value}
            method = _asked(
                lambda: self._stripe.payment_methods.create(
                    {"type": "card", "card": details, "billing_details": billing}, _once(holder, "method")
                )
            )
        return self._keep(method, PaymentMethodType.CARD, holder, card)

    @sensitive_variables()
    def _store_token(self, token: Secret, given: ReferenceInput, holder: Holder) -> StoredSource:
        param = "payment_method.tmp_token"
        if token.reveal().startswith("pm_"):
            method = _asked(lambda: self._stripe.payment_methods.retrieve(token.reveal()), param=param)
        else:
            with placeholders({"token": token}) as words:
                card: Any = {"token": words["token"]}
                method = _asked(
                    lambda: self._stripe.payment_methods.create(
                        {"type": "card", "card": card}, _once(holder, "method")
                    ),
                    param=param,
                )
        if method.customer is not None:
            # Its page has attached it already, or an earlier call of ours.
            return stored_source(method, given.type)
        return self._keep(method, given.type, holder)

    def _adopt(self, given: ReferenceInput) -> StoredSource:
        param = "payment_method.reference_id"
        reference = read_reference(given.reference_id)
        if reference is None:
            raise _unknown(param)
        if reference.method:
            method = _asked(lambda: self._stripe.payment_methods.retrieve(reference.method), param=param)
            if method.customer != reference.customer:
                raise _unknown(param)
        else:
            method = _asked(lambda: self._active(reference.customer, given.type), param=param)
        if method is None:
            raise _unknown(param)
        return stored_source(method, given.type)

    def _active(self, customer_id: str, wanted: PaymentMethodType) -> Any:
        """The customer's default payment method, or else the first of the wanted type; ``None`` when there is none.

        Contract: "Reference id format for Card Payments".
        """
        customer = self._stripe.customers.retrieve(customer_id)
        if getattr(customer, "deleted", False):
            return None
        default = getattr(getattr(customer, "invoice_settings", None), "default_payment_method", None)
        default = default or getattr(customer, "default_source", None)
        if isinstance(default, str):
            method = self._stripe.payment_methods.retrieve(default)
            if is_of_type(method, wanted):
                return method
        methods = self._stripe.customers.payment_methods.list(customer_id, {"limit": PAGE})
        return next((each for each in methods.auto_paging_iter() if is_of_type(each, wanted)), None)

    def _keep(
        self, method: Any, wanted: PaymentMethodType, holder: Holder, card: CardInput | None = None
    ) -> StoredSource:
        """Attach a payment method to a customer of its own, so that it can be charged again."""
        customer = _asked(
            lambda: self._stripe.customers.create(
                {"metadata": {METADATA_CUSTOMER: holder.customer_id}}, _once(holder, "customer")
            )
        )
        attached = _asked(
            lambda: self._stripe.payment_methods.attach(method.id, {"customer": customer.id}, _once(holder, "attach"))
        )
        return stored_source(attached, wanted, card)

    def _is_attached(self, reference: Reference) -> bool:
        """Whether it is there to be removed. Raises :class:`Unreachable`."""
        method: Any = None
        try:
            method = self._stripe.payment_methods.retrieve(reference.method)
        except stripe.InvalidRequestError as error:
            is_known = error.http_status == 404
        except (stripe.StripeError, *_MALFORMED):
            is_known = False
        else:
            is_known = True
        if not is_known:
            raise unreachable()
        return method is not None and method.customer == reference.customer

    def _remove(self, reference: Reference) -> None:
        if reference.method.startswith("pm_"):
            self._stripe.payment_methods.detach(reference.method)
        else:
            self._stripe.customers.payment_sources.delete(reference.customer, reference.method)

    def _pay(self, request: ChargeRequest, reference: Reference, amount: int) -> Any:
        intent = self._stripe.payment_intents.create(
            {
                "amount": amount,
                "currency": request.currency.lower(),
                "customer": reference.customer,
                "payment_method": reference.method,
                "confirm": True,
                "off_session": True,
                "description": request.description,
                "metadata": {METADATA_KEY: request.key},
                # Without it Stripe wants a URL to come back to, for methods that lead away.
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            },
            {"idempotency_key": request.key},
        )
        return self._closed(intent)

    def _closed(self, intent: Any) -> Any:
        """An intent that does not wait for its card holder: who is told that nothing was charged must be right."""
        if intent.status != "requires_action":
            return intent
        try:
            return self._stripe.payment_intents.cancel(intent.id, {"cancellation_reason": ABANDONED})
        except stripe.InvalidRequestError:
            # Nothing but its state can be against it: it went on meanwhile, or was cancelled before.
            return self._stripe.payment_intents.retrieve(intent.id)

    def _find(self, key: str, customer: str) -> Charge | None:
        found = self._stripe.payment_intents.list({"customer": customer, "limit": PAGE})
        mine = (each for each in found.auto_paging_iter() if getattr(each.metadata, METADATA_KEY, None) == key)
        intent = next(mine, None)
        return None if intent is None else charge_of_intent(self._closed(intent))


def _asked(call: Callable[[], T], *, param: str = "", is_certain: bool = True) -> T:
    """What ``call`` returns. Raises :class:`Refused`, :class:`Unreachable`: the latter alone unless ``is_certain``.

    It raises outside of the handlers, so that no chain of exceptions leads to what was sent.
    """
    try:
        return call()
    except stripe.StripeError as error:
        fault = fault_of(error, param=param) if is_certain else unreachable()
    except _MALFORMED:
        fault = unreachable()
    raise fault


def _once(holder: Holder, step: str) -> Any:
    """Options of a request that is carried out once for each holder's key."""
    return {"idempotency_key": f"{holder.key}:{step}"} if holder.key else {}


def _unknown(param: str) -> Refused:
    return Refused(sentence_of("unknown_reference"), reason="unknown_reference", param=param)
