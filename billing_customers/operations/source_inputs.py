"""From what callers say of a payment source to what a gateway is given. All faults are told at once, values never."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from billing_customers import choices, places
from billing_customers.events.sealing import Secret
from billing_customers.exceptions import InvalidInput, Issue
from billing_customers.gateways.base import BankAccountInput, CardInput, ReferenceInput, SourceInput
from billing_customers.gateways.cards import is_card_number
from billing_customers.operations import rules
from billing_customers.operations.cleaning import ADDRESS_RULES
from billing_customers.operations.rules import Rule, RuleBroken


class EcheckType(TextChoices):
    WEB = "web", _("authorized on the web")
    PPD = "ppd", _("arranged beforehand")
    CCD = "ccd", _("authorized by a company")


# Parts of a card's billing address, with ``billing_`` before them.
ADDRESS_PARTS = ("addr1", "addr2", "city", "state_code", "state", "zip", "country")

CARD_RULES: dict[str, Rule] = {
    "gateway_account_id": rules.text(50),
    "first_name": rules.text(50),
    "last_name": rules.text(50),
    # As long as a number that is encrypted in the browser may be.
    "number": rules.text(1500),
    "expiry_month": rules.integer(1, 12),
    "expiry_year": rules.integer(1970, 9999),
    "cvv": rules.text(520),
    "billing_addr1": rules.text(150),
    "billing_addr2": rules.text(150),
    "billing_city": rules.text(50),
    "billing_state_code": rules.text(50),
    "billing_state": rules.text(50),
    "billing_zip": rules.text(20),
    "billing_country": ADDRESS_RULES["country"],
}
BANK_ACCOUNT_RULES: dict[str, Rule] = {
    "gateway_account_id": rules.text(50),
    "iban": rules.text(50, min_length=10),
    "first_name": rules.text(150),
    "last_name": rules.text(150),
    "company": rules.text(250),
    "email": ADDRESS_RULES["email"],
    "bank_name": rules.text(100),
    "account_number": rules.text(17, min_length=4),
    "routing_number": rules.text(9, min_length=3),
    "bank_code": rules.text(20),
    "account_type": rules.one_of(choices.BankAccountType),
    "account_holder_type": rules.one_of(choices.AccountHolderType),
    "echeck_type": rules.one_of(EcheckType),
    "issuing_country": ADDRESS_RULES["country"],
    "swedish_identity_number": rules.text(12, min_length=10),
}
REFERENCE_RULES: dict[str, Rule] = {
    "type": rules.one_of(choices.PaymentMethodType),
    "gateway_account_id": rules.text(50),
    "reference_id": rules.text(200),
    "tmp_token": rules.text(65_000),
    "issuing_country": ADDRESS_RULES["country"],
}


_SEPARATORS = str.maketrans("", "", " -")


@dataclass(frozen=True, slots=True)
class GivenSource:
    """A payment source as a caller gives it, the gateway account it names, and the parameter that its parts are of."""

    source: SourceInput
    gateway_account_id: str | None = None
    within: str = ""


@sensitive_variables()
def card_given(said: Mapping[str, Any], *, within: str = "card") -> GivenSource:
    """A card, by ``CARD_RULES``; number and both parts of the expiry are required. Raises :class:`InvalidInput`."""
    values, issues = _checked(CARD_RULES, said, within, ("number", "expiry_month", "expiry_year"))
    address = _address(values, within, issues)
    if issues:
        raise InvalidInput(issues)
    cvv = values.get("cvv")
    card = CardInput(
        number=Secret(values["number"]),
        expiry_month=values["expiry_month"],
        expiry_year=values["expiry_year"],
        cvv=Secret(cvv) if cvv is not None else None,
        first_name=values.get("first_name", ""),
        last_name=values.get("last_name", ""),
        billing_address=address,
    )
    return GivenSource(card, values.get("gateway_account_id"), within)


@sensitive_variables()
def bank_account_given(said: Mapping[str, Any], *, within: str = "bank_account") -> GivenSource:
    """A bank account, by ``BANK_ACCOUNT_RULES``; its number or IBAN is required. Raises :class:`InvalidInput`."""
    values, issues = _checked(BANK_ACCOUNT_RULES, said, within)
    number, iban = values.pop("account_number", None), values.pop("iban", None)
    if number is None and iban is None and not issues:
        issues.append(Issue(_name(within, "account_number"), "Is required, unless there is an iban."))
    if issues:
        raise InvalidInput(issues)
    gateway_account_id = values.pop("gateway_account_id", None)
    account = BankAccountInput(
        account_number=Secret(number) if number is not None else None,
        iban=Secret(iban) if iban is not None else None,
        routing_number=values.pop("routing_number", ""),
        details=values,
    )
    return GivenSource(account, gateway_account_id, within)


@sensitive_variables()
def reference_given(said: Mapping[str, Any], *, within: str = "payment_method", default_type: str = "") -> GivenSource:
    """What the gateway knows already, by ``REFERENCE_RULES``: by a reference or by a token for one use, never both.

    Without a type it is of ``default_type``; where there is none, the type is required. Raises :class:`InvalidInput`.
    """
    values, issues = _checked(REFERENCE_RULES, said, within, () if default_type else ("type",))
    reference_id, token = values.get("reference_id"), values.get("tmp_token")
    if reference_id is not None and token is not None:
        issues.append(Issue(_name(within, "tmp_token"), "Cannot be given together with a reference_id."))
    elif reference_id is None and token is None and not issues:
        issues.append(Issue(_name(within, "reference_id"), "Is required, unless there is a tmp_token."))
    elif reference_id is not None and is_card_number(reference_id.translate(_SEPARATORS)):
        # A reference is stored and shown.
        issues.append(Issue(_name(within, "reference_id"), "Is the number of a card, not a gateway's reference to it."))
    if issues:
        raise InvalidInput(issues)
    reference = ReferenceInput(
        type=choices.PaymentMethodType(values.get("type") or default_type),
        reference_id=reference_id or "",
        tmp_token=Secret(token) if token is not None else None,
        issuing_country=values.get("issuing_country", ""),
    )
    return GivenSource(reference, values.get("gateway_account_id"), within)


@sensitive_variables()
def _checked(
    table: Mapping[str, Rule], said: Mapping[str, Any], within: str, required: Sequence[str] = ()
) -> tuple[dict[str, Any], list[Issue]]:
    """The values that ``table`` knows, and what is wrong with them. An empty one is as absent."""
    values: dict[str, Any] = {}
    issues: list[Issue] = []
    for field, rule in table.items():
        value = said.get(field)
        if value is None or value == "":
            if field in required:
                issues.append(Issue(_name(within, field), "Is required."))
            continue
        try:
            values[field] = rule(value)
        except RuleBroken as broken:
            issues.append(Issue(_name(within, field), str(broken)))
    return values, issues


def _address(values: Mapping[str, Any], within: str, issues: list[Issue]) -> dict[str, str]:
    """The billing address of a card, with the name of a state whose code is given, and the code of one by its name."""
    named = ((part, values.get(f"billing_{part}")) for part in ADDRESS_PARTS)
    address = {part: value for part, value in named if value is not None}
    country, code = address.get("country", ""), address.get("state_code")
    if country not in places.COUNTRIES_WITH_STATES:
        return address
    name = places.state_name(country, code) if code else address.get("state")
    if code and name is None:
        issues.append(Issue(_name(within, "billing_state_code"), f"Must be a state code of {country}."))
    elif name is not None:
        known = places.state_code(country, name)
        address |= {"state": name, **({"state_code": known} if known else {})}
    return address


def _name(within: str, field: str) -> str:
    return f"{within}.{field}" if within else field
