"""Which columns hold personal data, and what becomes of each when a customer's are cleared.

Every text and JSON column of every model is named here, or a test fails: whoever adds one says what it holds. Nothing
here knows of Django, so that settings, neighbours and models may all ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kept(StrEnum):
    """Why a column stays."""

    ID = "it names a row"
    CODE = "it is one of a few words, of a contract, a standard or a gateway"
    OURS = "this package made it: a digest, a token, a number, or the names of such"
    OPERATOR = "it tells of whoever runs the site, not of its customers"


class Treated(StrEnum):
    """What becomes of a column that cannot simply be emptied."""

    REDACTED = "JSON that is shown: what is personal goes, ids, amounts, times and codes stay"
    WHERE_MATCHING = "emptied where it holds something that the customer has said of itself"
    WHEN_ENDED = "emptied once the work is over"
    ROW_REMOVED = "the whole row goes: nothing refers to it"


@dataclass(frozen=True, slots=True)
class Blank:
    """The value that is written: null, an empty text or an empty object."""

    value: Any


Tag = Kept | Treated | Blank

NULL, EMPTY, NOTHING = Blank(None), Blank(""), Blank({})


def _tagged(**columns: Tag | tuple[str, Tag]) -> dict[str, Tag]:
    """``by_tag=("a b c", tag)`` for many columns at once, ``column=tag`` for one."""
    found: dict[str, Tag] = {}
    for name, said in columns.items():
        if isinstance(said, tuple):
            found |= dict.fromkeys(said[0].split(), said[1])
        else:
            found[name] = said
    return found


_ADDRESS = " ".join(
    f"address_{part}"
    for part in (
        *("first_name", "last_name", "email", "company", "phone", "line1", "line2", "line3", "city", "state_code"),
        *("state", "zip", "country", "validation_status"),
    )
)

# By model: its columns. Numbers and times stand here only where they are personal.
PERSONAL: Mapping[str, Mapping[str, Tag]] = {
    "ApiKey": _tagged(_kept=("name digest hint scopes", Kept.OPERATOR)),
    "Balance": _tagged(currency=Kept.CODE),
    "BillingSite": _tagged(
        _kept=("slug project default_currency phone_region", Kept.OPERATOR),
        _access=("parent_account_access child_account_access", Kept.OPERATOR),
    ),
    "Contact": _tagged(_gone=("public_id email first_name last_name phone label", Treated.ROW_REMOVED)),
    "CreditNote": _tagged(public_id=Kept.ID, _codes=("currency type status", Kept.CODE)),
    "Customer": _tagged(
        _ids=("public_id primary_payment_source_id backup_payment_source_id", Kept.ID),
        _codes=("pii_cleared auto_collection preferred_currency_code offline_payment_method", Kept.CODE),
        _dates=("billing_date_mode billing_day_of_week billing_day_of_week_mode", Kept.CODE),
        _tax_codes=("taxability customer_type taxjar_exemption_category entity_code", Kept.CODE),
        _names=("name first_name last_name company email email_key phone phone_e164 locale", NULL),
        _said=("metadata custom_fields referral_urls created_from_ip invoice_notes fraud_flag", NULL),
        _tax=(
            "tax_id tax_id_key tax_id_status tax_id_validated_at tax_id_evidence exemption_details exempt_number",
            NULL,
        ),
        _address=(_ADDRESS, NULL),
    ),
    "CustomerAlias": _tagged(public_id=Kept.ID),
    "CustomerMerge": _tagged(
        public_id=Kept.ID,
        status=Kept.CODE,
        moved=Kept.OURS,
        # It names contacts, and could not be undone any more.
        manifest=NOTHING,
        _said=("error done_by", EMPTY),
    ),
    "CustomerUser": _tagged(_gone=("role user", Treated.ROW_REMOVED)),
    "Delivery": _tagged(status=Kept.CODE),
    "DeliveryAttempt": _tagged(_codes=("trigger error", Kept.CODE), _said=("detail response_text", EMPTY)),
    "ErasureCertificate": _tagged(done_by=Kept.OPERATOR, _ours=("counts digest", Kept.OURS)),
    "Event": _tagged(
        public_id=Kept.ID,
        _codes=("type source", Kept.CODE),
        user=Treated.WHERE_MATCHING,
        _shown=("ching_payload chargebee_payload", Treated.REDACTED),
    ),
    "GatewayAccount": _tagged(_kept=("public_id backend name sealed_credentials options", Kept.OPERATOR)),
    "IdempotencyRecord": _tagged(
        dialect=Kept.CODE,
        _ours=("fingerprint response_headers", Kept.OURS),
        _gone=("key response_body", Treated.ROW_REMOVED),
    ),
    "Invoice": _tagged(public_id=Kept.ID, _codes=("currency status", Kept.CODE)),
    "Job": _tagged(
        _ours=("kind key token", Kept.OURS),
        status=Kept.CODE,
        arguments=Treated.WHEN_ENDED,
        result=Treated.WHEN_ENDED,
        error=EMPTY,
    ),
    "Lane": _tagged(token=Kept.OURS),
    "LedgerEntry": _tagged(
        _ids=("public_id reference", Kept.ID),
        _codes=("currency bucket credit_type source", Kept.CODE),
        _said=("description caller_reference", EMPTY),
        done_by=Treated.WHERE_MATCHING,
    ),
    "PaymentSource": _tagged(
        public_id=Kept.ID,
        _codes=("gateway type status brand funding_type", Kept.CODE),
        _card=("reference_id issuing_country last4 iin first_name last_name", EMPTY),
        _account=("bank_name account_type account_holder_type", EMPTY),
        _said=("billing_address metadata expiry_month expiry_year", NULL),
    ),
    "Relationship": _tagged(_access=("parent_account_access child_account_access", Kept.CODE)),
    # ``errors`` may be the sentence of a host's neighbour.
    "ResourceMigration": _tagged(entity_id=Kept.ID, _codes=("entity_type status", Kept.CODE), errors=EMPTY),
    "Subscription": _tagged(public_id=Kept.ID, _codes=("currency status", Kept.CODE)),
    "TestGatewayCharge": _tagged(
        _ids=("key public_id", Kept.ID), _codes=("currency status", Kept.CODE), reference=EMPTY
    ),
    "Transaction": _tagged(
        _ids=("public_id id_at_gateway", Kept.ID),
        _codes=("type status payment_method currency gateway error_code", Kept.CODE),
        request_key=Kept.OURS,
        _said=("reference_number comment source_reference masked_card_number error_text", EMPTY),
        plan=NOTHING,
    ),
    "UnbilledCharge": _tagged(public_id=Kept.ID, currency=Kept.CODE, description=EMPTY),
    "WebhookEndpoint": _tagged(
        _kept=("public_id dialect name description url events response_schema disabled_reason", Kept.OPERATOR),
        _secret=("basic_auth_username basic_auth_password", Kept.OPERATOR),
    ),
    "WebhookSecret": _tagged(_kept=("sealed hint", Kept.OPERATOR)),
}


def blanks(model: str) -> dict[str, Any]:
    """The columns of ``model`` that are emptied, and what is written to them."""
    return {column: tag.value for column, tag in PERSONAL[model].items() if isinstance(tag, Blank)}


def treated(model: str, how: Treated) -> tuple[str, ...]:
    """The columns of ``model`` that are treated so."""
    return tuple(column for column, tag in PERSONAL[model].items() if tag is how)
