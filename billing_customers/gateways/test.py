"""The test gateway: what happens is in the card's number, and the same each time. Nobody is charged.

It stores no number. What a card does is written into its reference, ``tok_<what it does>_<random>``.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import router, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from billing_customers.choices import PaymentMethodType, PaymentSourceStatus
from billing_customers.events.sealing import Secret
from billing_customers.gateways.base import (
    BankAccountInput,
    Capability,
    CardInput,
    Charge,
    ChargeRequest,
    ChargeStatus,
    Gateway,
    Holder,
    ReferenceInput,
    Refused,
    SourceInput,
    StoredSource,
    Unreachable,
)
from billing_customers.gateways.cards import brand_of, is_card_number
from billing_customers.gateways.reasons import param_of, sentence_of
from billing_customers.ids import new_id
from billing_customers.models import TestGatewayCharge

MAX_REFERENCE = 200


_uncounted: ContextVar[int] = ContextVar("billing_customers_test_gateway_uncounted")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a card does when it is charged. ``becomes`` is what a look-up makes of a pending charge."""

    status: ChargeStatus = ChargeStatus.SUCCEEDED
    reason: str = ""
    becomes: ChargeStatus | None = None
    is_made: bool = True
    is_answered: bool = True


# By the word in the reference.
BEHAVIOURS: Mapping[str, Behaviour] = {
    "success": Behaviour(),
    "card_declined": Behaviour(ChargeStatus.DECLINED, "card_declined"),
    "insufficient_funds": Behaviour(ChargeStatus.DECLINED, "insufficient_funds"),
    "expired_card": Behaviour(ChargeStatus.DECLINED, "expired_card"),
    "authentication_required": Behaviour(ChargeStatus.ACTION_NEEDED, "authentication_required"),
    "lost_answer": Behaviour(is_answered=False),
    "not_reached": Behaviour(is_made=False, is_answered=False),
    "pending": Behaviour(ChargeStatus.PENDING, becomes=ChargeStatus.SUCCEEDED),
    "pending_declined": Behaviour(ChargeStatus.PENDING, "card_declined", becomes=ChargeStatus.DECLINED),
}
# Every other card is a success. The first four numbers do the same at Stripe.
CARDS: Mapping[str, str] = {
    "4000000000000341": "card_declined",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000002760003184": "authentication_required",
    "4000000000002008": "lost_answer",
    "4000000000003006": "not_reached",
    "4000000000004004": "pending",
    "4000000000005001": "pending_declined",
}
REFUSED_CARDS: Mapping[str, str] = {"4000000000000002": "card_declined", "4000000000000127": "incorrect_cvc"}
SILENT_CARD = "4000000000001000"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a number says, without the number: whoever raises has no variable that holds it."""

    is_number: bool
    word: str
    refusal: str
    is_silent: bool
    brand: str
    last4: str
    iin: str
    length: int


class TestGateway(Gateway):
    __test__ = False  # no test case, whatever pytest makes of its name

    capabilities = frozenset(Capability)
    allows_live = False

    @sensitive_variables()
    def store(self, given: SourceInput, holder: Holder) -> StoredSource:
        _refuse_inside_transaction()
        match given:
            case CardInput():
                return self._store_card(given, holder)
            case BankAccountInput():
                return self._store_bank_account(given, holder)
            case ReferenceInput():
                return self._adopt(given, holder)

    def detach(self, reference_id: str) -> None:
        _refuse_inside_transaction()

    def charge(self, request: ChargeRequest) -> Charge:
        _refuse_inside_transaction()
        known = self._find(request.key)
        if known is not None:
            return _charge_of(known)
        behaviour = _behaviour_of(request.reference_id)
        if behaviour.is_made:
            known = self._make(request, behaviour)
        if known is None or not behaviour.is_answered:
            raise _silence()
        return _charge_of(known)

    def look_up(self, request: ChargeRequest) -> Charge | None:
        _refuse_inside_transaction()
        known = self._find(request.key)
        if known is None:
            return None
        becomes = _behaviour_of(known.reference).becomes
        if known.status == ChargeStatus.PENDING and becomes is not None:
            known.status = becomes
            known.save(update_fields=["status"])
        return _charge_of(known)

    def check(self) -> None:
        _refuse_inside_transaction()

    def _store_card(self, card: CardInput, holder: Holder) -> StoredSource:
        seen = _look_at(card.number)
        if not seen.is_number:
            raise _refusal("incorrect_number")
        if not 1 <= card.expiry_month <= 12:
            raise _refusal("invalid_expiry_month")
        if seen.refusal:
            raise _refusal(seen.refusal)
        if seen.is_silent:
            raise _silence()
        return StoredSource(
            type=PaymentMethodType.CARD,
            reference_id=self._reference(seen.word, holder),
            brand=seen.brand,
            last4=seen.last4,
            iin=seen.iin,
            number_length=seen.length,
            expiry_month=card.expiry_month,
            expiry_year=card.expiry_year,
            first_name=card.first_name,
            last_name=card.last_name,
            billing_address=dict(card.billing_address) or None,
        )

    @sensitive_variables()
    def _store_bank_account(self, account: BankAccountInput, holder: Holder) -> StoredSource:
        number = account.account_number or account.iban or Secret("")
        details = account.details
        return StoredSource(
            type=PaymentMethodType.DIRECT_DEBIT,
            reference_id=self._reference("success", holder),
            status=PaymentSourceStatus.PENDING_VERIFICATION,
            last4=number.reveal()[-4:],
            issuing_country=details.get("issuing_country", ""),
            first_name=details.get("first_name", ""),
            last_name=details.get("last_name", ""),
            bank_name=details.get("bank_name", ""),
            account_type=details.get("account_type", ""),
            account_holder_type=details.get("account_holder_type", ""),
        )

    @sensitive_variables()
    def _adopt(self, given: ReferenceInput, holder: Holder) -> StoredSource:
        """Take any reference for that of a Visa card, and any token for one."""
        token = given.tmp_token.reveal() if given.tmp_token is not None else ""
        reference = given.reference_id or self._reference(_word_of(token), holder)
        if len(reference) > MAX_REFERENCE:
            raise Refused(
                sentence_of("unknown_reference"), reason="unknown_reference", param="payment_method.reference_id"
            )
        if given.type == PaymentMethodType.DIRECT_DEBIT:
            return StoredSource(
                type=given.type, reference_id=reference, last4="6789", issuing_country=given.issuing_country
            )
        if given.type not in {PaymentMethodType.CARD, PaymentMethodType.APPLE_PAY, PaymentMethodType.GOOGLE_PAY}:
            return StoredSource(type=given.type, reference_id=reference, issuing_country=given.issuing_country)
        return StoredSource(
            type=given.type,
            reference_id=reference,
            brand="visa",
            last4="1111",
            expiry_month=12,
            expiry_year=2030,
            issuing_country=given.issuing_country,
        )

    def _reference(self, word: str, holder: Holder) -> str:
        """A fresh one; for a holder with a key always the same."""
        salt = f"billing_customers.test_gateway:{self.account.pk}"
        digits = salted_hmac(salt, holder.key, algorithm="sha256").hexdigest() if holder.key else secrets.token_hex(12)
        return f"tok_{word}_{digits[:24]}"

    def _find(self, key: str) -> TestGatewayCharge | None:
        charges = TestGatewayCharge.objects.using(_database()).for_site(self.account.site_id)
        return charges.filter(key=key).first()

    def _make(self, request: ChargeRequest, behaviour: Behaviour) -> TestGatewayCharge | None:
        """Write the charge down. Of several with one key the first stays, and all get that one."""
        row = TestGatewayCharge(
            site_id=self.account.site_id,
            key=request.key,
            public_id=new_id("ch", 16),
            reference=request.reference_id,
            amount=request.amount,
            currency=request.currency,
            status=behaviour.status,
            created_at=timezone.now(),
        )
        TestGatewayCharge.objects.using(_database()).bulk_create([row], ignore_conflicts=True)
        return self._find(request.key)


@sensitive_variables()
def _look_at(secret: Secret) -> _Seen:
    number = "".join(secret.reveal().split()).replace("-", "")
    return _Seen(
        is_number=is_card_number(number),
        word=CARDS.get(number, "success"),
        refusal=REFUSED_CARDS.get(number, ""),
        is_silent=number == SILENT_CARD,
        brand=brand_of(number),
        last4=number[-4:],
        iin=number[:6],
        length=len(number),
    )


def _database() -> str:
    return router.db_for_write(TestGatewayCharge)


@contextmanager
def undone_as_a_whole() -> Iterator[None]:
    """For a run that is rolled back with the gateway's side in it: the transaction around it does not count."""
    token = _uncounted.set(len(transaction.get_connection(_database()).atomic_blocks))
    try:
        yield
    finally:
        _uncounted.reset(token)


def _refuse_inside_transaction() -> None:
    """Raise ``RuntimeError`` unless what is written now is committed now, as it is at a real gateway.

    A transaction that a test case has around itself does not count.
    """
    uncounted = _uncounted.get(None)
    if uncounted is None:
        with transaction.atomic(using=_database(), durable=True):
            return
    if len(transaction.get_connection(_database()).atomic_blocks) > uncounted:
        raise RuntimeError("A gateway is called outside of transactions only.")


def _word_of(reference: str) -> str:
    word = reference.removeprefix("tok_").rpartition("_")[0]
    return word if reference.startswith("tok_") and word in BEHAVIOURS else "success"


def _behaviour_of(reference: str) -> Behaviour:
    return BEHAVIOURS[_word_of(reference)]


def _charge_of(row: TestGatewayCharge) -> Charge:
    status = ChargeStatus(row.status)
    if status in {ChargeStatus.SUCCEEDED, ChargeStatus.PENDING}:
        return Charge(status, id_at_gateway=row.public_id)
    reason = _behaviour_of(row.reference).reason
    return Charge(status, id_at_gateway=row.public_id, reason=reason, message=sentence_of(reason))


def _refusal(reason: str) -> Refused:
    return Refused(sentence_of(reason), reason=reason, param=param_of(reason))


def _silence() -> Unreachable:
    return Unreachable("The gateway did not answer in time.", reason="timeout")
