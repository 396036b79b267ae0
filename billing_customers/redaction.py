"""JSON that was shown of a customer, without what is personal: its shape, ids, amounts, times and codes stay.

What stays is named; whatever is not goes, so that a key that somebody adds later cannot leak.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import orjson

CLEARED_MESSAGE = "The personal data of the customer was cleared."
_MESSAGES = frozenset({"message", "error_msg"})

_KEPT = frozenset(
    """
    id object type status created created_at updated_at deleted livemode resource_version
    occurred_at source user api_version content event_type webhook_status webhooks data success action replayed
    api_error_code error_code error error_cause_id http_status_code code
    customer customer_id payment_source payment_source_id card payment_method transaction invoice subscription
    promotional_credit default_payment_method is_default list is_new next_offset
    pii_cleared auto_collection net_term_days allow_direct_debit preferred_currency_code taxability card_status
    primary_payment_source_id backup_payment_source_id auto_close_invoices consolidated_invoicing offline_payment_method
    billing_date billing_date_mode billing_day_of_week billing_day_of_week_mode billing_month customer_type entity_code
    business_customer_without_vat_number registered_for_gst is_location_valid taxjar_exemption_category
    balances currency_code balance_currency_code promotional_credits refundable_credits excess_payments unbilled_charges
    gateway gateway_account_id funding_type brand card_type powered_by supports_installments supports_recurring
    amount amount_unused base_currency_code exchange_rate currency date linked_invoices linked_refunds id_at_gateway
    invoice_id applied_amount applied_at invoice_date invoice_total invoice_status txn_id txn_status txn_date txn_amount
    subscription_id failure_code total sub_total amount_paid amount_due amount_to_collect credits_applied
    amount_adjusted write_off_amount price_type recurring linked_payments due_date paid_at started_at cancelled_at
    canceled_at
    has_scheduled_changes credit_type closing_balance done_by
    merged_into parent_id payment_owner_id invoice_owner_id root_id relationship
    use_default_hierarchy_settings parent_account_access child_account_access
    portal_edit_child_subscriptions portal_download_child_invoices portal_edit_subscriptions portal_download_invoices
    send_subscription_emails send_invoice_emails send_payment_emails
    """.split()  # noqa: SIM905 - a list of literals would be 100 lines
)
ACTORS = frozenset({"user", "done_by"})


def redact(text: str, *, keeps_keys: bool, besides: Collection[str] = ()) -> str:
    """``text`` (JSON) without what is personal; JSON that cannot be read becomes an empty object.

    With ``keeps_keys`` what goes leaves an empty value, as in a contract that shows what is unset as null; without it
    the key goes too. ``besides`` are keys that are not kept this time. Redacting again changes nothing.
    """
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return "{}"
    return orjson.dumps(_without(said, keeps_keys, frozenset(besides))).decode()


def personal_values(text: str) -> Iterator[str]:
    """The texts that :func:`redact` takes away."""
    try:
        yield from _taken(orjson.loads(text))
    except orjson.JSONDecodeError:
        yield text


def leaves(said: Any) -> Iterator[str]:
    """Every text in a JSON value, at any depth."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for value in said.values():
            yield from leaves(value)
    elif isinstance(said, list):
        for value in said:
            yield from leaves(value)


def _without(said: Any, keeps_keys: bool, besides: frozenset[str]) -> Any:
    if isinstance(said, list):
        # A text on its own in a list says nothing of what it is.
        return [_without(each, keeps_keys, besides) for each in said if isinstance(each, dict)]
    if not isinstance(said, dict):
        return said
    shown: dict[str, Any] = {}
    for key, value in said.items():
        if key in _MESSAGES:
            shown[key] = CLEARED_MESSAGE
        elif key == "name" and keeps_keys and said.get("object") == "customer":
            # What stands there for whoever has no name.
            shown[key] = said.get("id")
        elif key in _KEPT and key not in besides:
            shown[key] = _without(value, keeps_keys, besides)
        elif keeps_keys:
            shown[key] = {} if isinstance(value, dict) else [] if isinstance(value, list) else None
    return shown


def _taken(said: Any) -> Iterator[str]:
    if isinstance(said, list):
        for each in said:
            yield from _taken(each) if isinstance(each, dict) else leaves(each)
    elif isinstance(said, dict):
        for key, value in said.items():
            if key in _MESSAGES:
                continue
            if key not in _KEPT:
                yield from leaves(value)
            elif isinstance(value, (dict, list)):
                yield from _taken(value)
