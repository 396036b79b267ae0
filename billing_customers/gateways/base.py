"""What a payment gateway must be able to do, and the words in which it is spoken to.

An adapter is a subclass of :class:`Gateway`. It knows nothing of rows but its account, is called outside of any
transaction, and raises nothing but what is named here. ``docs/adding_a_gateway.md`` is the guide;
``tests/gateways/conformance.py`` the tests that every adapter inherits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from billing_customers.choices import FundingType, PaymentMethodType, PaymentSourceStatus
from billing_customers.events.sealing import Secret
from billing_customers.models import GatewayAccount


class GatewayError(Exception):
    """Base of what an adapter raises. ``message`` is a sentence that may be shown to a caller: no card data in it.

    ``reason`` is a stable word, such as ``"card_declined"``; ``param`` the part of the input to blame, if one is.
    """

    def __init__(self, message: str, *, reason: str, param: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.param = param


class Refused(GatewayError):
    """The gateway says no, and nothing was stored or charged: a declined card, an unknown reference."""


class Unreachable(GatewayError):
    """No answer, or none that can be trusted. A charge may have been made: ask with :meth:`Gateway.look_up`."""


class ChargeStatus(StrEnum):
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    # The card holder must confirm it (3-D Secure), which a call between servers cannot do. Nothing was charged.
    ACTION_NEEDED = "action_needed"
    # Taken on, and not settled yet: ask again later.
    PENDING = "pending"


class Capability(StrEnum):
    RAW_CARDS = "raw_cards"
    BANK_ACCOUNTS = "bank_accounts"
    REFERENCES = "references"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class CardInput:
    """A card on its way to the gateway. Number and code exist in memory only; they show themselves as a mask."""

    number: Secret
    expiry_month: int
    expiry_year: int
    cvv: Secret | None = None
    first_name: str = ""
    last_name: str = ""
    billing_address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BankAccountInput:
    """A bank account on its way to the gateway. ``details`` holds the parts of the contract that are no secret."""

    account_number: Secret | None
    iban: Secret | None
    routing_number: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReferenceInput:
    """Something that the gateway knows already: by its own id, or by a token for one use."""

    type: PaymentMethodType
    reference_id: str = ""
    tmp_token: Secret | None = None
    issuing_country: str = ""


SourceInput = CardInput | BankAccountInput | ReferenceInput


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose payment source it is. ``key`` makes storing repeatable: the same key stores the same source once."""

    customer_id: str
    key: str
    email: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class StoredSource:
    """What the gateway has stored. The fields are those of ``PaymentSource``."""

    type: PaymentMethodType
    reference_id: str
    status: PaymentSourceStatus = PaymentSourceStatus.VALID
    brand: str = ""
    last4: str = ""
    iin: str = ""
    number_length: int = 16
    expiry_month: int | None = None
    expiry_year: int | None = None
    funding_type: FundingType = FundingType.NOT_KNOWN
    issuing_country: str = ""
    first_name: str = ""
    last_name: str = ""
    billing_address: Mapping[str, str] | None = None
    bank_name: str = ""
    account_type: str = ""
    account_holder_type: str = ""


@dataclass(frozen=True, slots=True)
class AccountInput:
    """What an account is given. Every name is known, and no credential is missing."""

    credentials: Mapping[str, Secret]
    options: Mapping[str, Any]
    livemode: bool


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """``amount`` in minor units of ``currency``. ``key`` is unique for the attempt: asked twice, it charges once."""

    key: str
    amount: int
    currency: str
    reference_id: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """What became of a charge. ``reason`` and ``message`` say why not, as :class:`GatewayError` does."""

    status: ChargeStatus
    id_at_gateway: str = ""
    reason: str = ""
    message: str = ""


class Gateway(ABC):
    """One account with a gateway. ``capabilities`` says what :meth:`store` takes; an account may set its own."""

    capabilities: frozenset[Capability] = frozenset()
    # Names of the credentials that an account needs, and of the options that it may have, for the admin and commands.
    credential_names: ClassVar[tuple[str, ...]] = ()
    option_names: ClassVar[tuple[str, ...]] = ()
    # Whether an account of a live site may use it.
    allows_live: ClassVar[bool] = True

    def __init__(self, account: GatewayAccount, credentials: Mapping[str, Secret]) -> None:
        self.account = account
        self.credentials = credentials

    @property
    def options(self) -> Mapping[str, Any]:
        options: Mapping[str, Any] = self.account.options
        return options

    @classmethod
    def faults(cls, given: AccountInput) -> Mapping[str, str]:  # noqa: ARG003 - for those that override it
        """What is wrong with what an account is given, by the names of it, as sentences without a value."""
        return {}

    @classmethod
    def is_same_vault(cls, one: AccountInput, other: AccountInput) -> bool:
        """Whether what is stored by one account can be charged by the other: by default, if they are given the same."""
        return one == other

    @abstractmethod
    def store(self, given: SourceInput, holder: Holder) -> StoredSource:
        """Put a payment source into the vault. Raises :class:`Refused`, :class:`Unreachable`."""

    @abstractmethod
    def detach(self, reference_id: str) -> None:
        """Remove it from the vault; one that is gone already is no error. Raises :class:`Unreachable`."""

    @abstractmethod
    def charge(self, request: ChargeRequest) -> Charge:
        """Take the money, once for each ``request.key``. Raises :class:`Unreachable` when that is not certain."""

    @abstractmethod
    def look_up(self, request: ChargeRequest) -> Charge | None:
        """What became of the charge with ``request.key``; ``None`` when the gateway has none, and charged nothing.

        Raises :class:`Unreachable`.
        """

    @abstractmethod
    def check(self) -> None:
        """Ask the gateway whether the credentials are good. Raises :class:`Refused`, :class:`Unreachable`."""
