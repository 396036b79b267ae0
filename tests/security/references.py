"""Which parameters of bodies and queries name a row of somebody's, and a request for each of them that is in order.

A parameter that looks like a reference and is in none of these tables fails ``test_references.py``. In values ``~``
stands for the digit of the site whose row it is; see ``three_sites.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What the parameter names, and by that what a value of another tenant must come to."""

    ROW = "a row that must be there: without it nothing is done"
    QUESTION = "a row that is asked about: nothing is done, and without it the answer says so"
    NAME = "something new, or a customer by what it says of itself: only this site's rows are in its way"
    VAULT = "what a gateway keeps: nobody asks here whose it is"


@dataclass(frozen=True)
class Ask:
    """A request that succeeds when every ``~`` is the site's own digit.

    ``of`` is the id in the path. ``tried`` are the parameters of ``kind``, each with a value; ``beside`` what the
    request needs besides them.
    """

    operation: str
    tried: Mapping[str, str]
    kind: Kind = Kind.ROW
    of: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.operation} {' '.join(self.tried)}"


_CARD = {"card[number]": "4012888888881881", "card[expiry_month]": "10", "card[expiry_year]": "2030"}
_BANK_ACCOUNT = {"bank_account[account_number]": "000222222227"}
_METHOD = {"payment_method[type]": "card", "payment_method[reference_id]": "cus_1"}
_TOKEN = {"payment_method[type]": "card"}
_EMAIL = {"email": "payer_~@example.com"}
_BILL = {"invoice_allocations[invoice_id][0]": "bill_~"}
_FAMILY = {"parent_id": "top_~", "payment_owner_id": "top_~", "invoice_owner_id": "top_~"}
_CREDIT = {"amount": "5", "description": "For the delay"}
_EXCESS = {"transaction[amount]": "5", "transaction[date]": "1517505731", "transaction[payment_method]": "cash"}


def _sources(operation: str, *, of: str = "", beside: Mapping[str, str] | None = None) -> tuple[Ask, ...]:
    """The three ways to say what one pays with, each with the gateway account that is to keep it."""
    rest = beside or {}
    return (
        Ask(operation, {"card[gateway_account_id]": "gate_~"}, of=of, beside={**rest, **_CARD}),
        Ask(operation, {"bank_account[gateway_account_id]": "gate_~"}, of=of, beside={**rest, **_BANK_ACCOUNT}),
        *_methods(operation, of=of, beside=rest),
    )


def _methods(operation: str, *, of: str = "", beside: Mapping[str, str] | None = None) -> tuple[Ask, ...]:
    rest = {**(beside or {}), **_TOKEN}
    return (
        Ask(operation, {"payment_method[gateway_account_id]": "gate_~"}, of=of, beside={**rest, **_METHOD}),
        Ask(operation, {"payment_method[reference_id]": "vault_~"}, Kind.VAULT, of=of, beside=rest),
        Ask(operation, {"payment_method[tmp_token]": "token_~"}, Kind.VAULT, of=of, beside=rest),
    )


ASKS = (
    Ask("ching_paymentmethod_attach_test_card", {"customer": "payer_~"}),
    *(
        Ask("ching_customer_upsert", {name: value}, Kind.NAME, beside={"identifyBy": name, "name": "Dana"})
        for name, value in (("email", "payer_~@example.com"), ("phone", "+97254123456~"), ("taxId", "51412345~"))
    ),
    # With a card it is looked at before the gateway is asked, too.
    *(Ask("chargebee_customer_create", {"id": "payer_~"}, Kind.NAME, beside=beside) for beside in ({}, _CARD)),
    # The sites forbid a second customer with an e-mail address.
    Ask("ching_customer_create", _EMAIL, Kind.NAME, beside={"name": "Dana"}),
    Ask("ching_customer_update", _EMAIL, Kind.NAME, of="kid_~"),
    *(Ask("chargebee_customer_create", _EMAIL, Kind.NAME, beside=beside) for beside in ({}, _CARD)),
    Ask("chargebee_customer_update", _EMAIL, Kind.NAME, of="kid_~"),
    *_sources("chargebee_customer_create"),
    Ask("chargebee_resourcemigration_move", {"from_site": "yard-~", "id_at_from_site": "zed_~"}),
    Ask(
        "chargebee_resourcemigration_retrieve_latest",
        {"from_site": "yard-~", "entity_id": "gone_~"},
        Kind.QUESTION,
        beside={"entity_type": "customer"},
    ),
    Ask("chargebee_merge_merge", {"from_customer_id": "from_~", "to_customer_id": "into_~"}),
    *_methods("chargebee_customer_update_payment_method", of="payer_~"),
    Ask(
        "chargebee_customer_assign_payment_role",
        {"payment_source_id": "spare_~"},
        of="payer_~",
        beside={"role": "backup"},
    ),
    Ask(
        "chargebee_contact_add",
        {"contact[id]": "jane_~"},
        Kind.NAME,
        of="payer_~",
        beside={"contact[email]": "joe@example.com"},
    ),
    Ask("chargebee_contact_update", {"contact[id]": "jane_~"}, of="payer_~", beside={"contact[label]": "x"}),
    Ask("chargebee_contact_delete_contact", {"contact[id]": "jane_~"}, of="payer_~"),
    Ask(
        "chargebee_transaction_record_excess_payment",
        {"transaction[id]": "cash_~"},
        Kind.NAME,
        of="payer_~",
        beside=_EXCESS,
    ),
    Ask("chargebee_collecting_collect_payment", {**_BILL, "payment_source_id": "spare_~"}, of="payer_~"),
    *_sources("chargebee_collecting_collect_payment", of="payer_~", beside=_BILL),
    Ask("chargebee_hierarchy_relationships", _FAMILY, of="kid_~"),
    Ask("chargebee_outlook_impact", _FAMILY, Kind.QUESTION, of="kid_~", beside={"operation": "link"}),
    Ask(
        "chargebee_outlook_impact",
        {"to_customer_id": "into_~"},
        Kind.QUESTION,
        of="from_~",
        beside={"operation": "merge"},
    ),
    *(
        Ask(f"chargebee_promotionalcredit_{verb}_credits", {"customer_id": "payer_~"}, beside=_CREDIT)
        for verb in ("add", "deduct", "set")
    ),
    Ask(
        "chargebee_paymentsource_create_card",
        {"customer_id": "payer_~", "card[gateway_account_id]": "gate_~"},
        beside=_CARD,
    ),
    Ask(
        "chargebee_paymentsource_create_bank_account",
        {"customer_id": "payer_~", "bank_account[gateway_account_id]": "gate_~"},
        beside=_BANK_ACCOUNT,
    ),
    *(
        ask
        for operation, name, value in (
            ("chargebee_paymentsource_create_using_permanent_token", "reference_id", "vault_~"),
            ("chargebee_paymentsource_create_using_temp_token", "tmp_token", "token_~"),
        )
        for ask in (
            Ask(
                operation,
                {"customer_id": "payer_~", "gateway_account_id": "gate_~"},
                beside={"type": "card", name: "new"},
            ),
            Ask(operation, {name: value}, Kind.VAULT, beside={"type": "card", "customer_id": "payer_~"}),
        )
    ),
)

# The customers among these values; each has a former id, too.
BY_FORMER_IDS = frozenset({"payer_~", "top_~", "from_~", "into_~"})

# What lists are filtered by: a value of theirs with which some row of the site compares.
FILTERS: Mapping[str, Mapping[str, str]] = {
    "chargebee_customer_list": {
        "id": "payer_~",
        "relationship[parent_id]": "top_~",
        "relationship[payment_owner_id]": "top_~",
        "relationship[invoice_owner_id]": "top_~",
    },
    "chargebee_merge_list": {"customer_id": "old_~"},
    "chargebee_invoice_list": {"id": "bill_~", "customer_id": "payer_~", "subscription_id": "plan_~"},
    "chargebee_subscription_list": {"id": "plan_~", "customer_id": "payer_~"},
    "chargebee_promotionalcredit_list": {"id": "credit_~", "customer_id": "payer_~"},
    "chargebee_transaction_list": {
        "id": "charge_~",
        "customer_id": "payer_~",
        "payment_source_id": "main_~",
        "gateway_account_id": "gate_~",
        "id_at_gateway": "deal_~",
        "reference_number": "check_~",
    },
    "chargebee_paymentsource_list": {"id": "spare_~", "customer_id": "payer_~"},
    "chargebee_event_list": {"id": "event_~"},
}

_PAID_WITH = "The number itself, which no row is found by."
_TAX = "What an authority calls the customer. It is kept, and no customer is found by it here."
_REMARK = "A remark of the caller's, kept as it is."

# Names that only look like references, with the reason.
OTHERS: Mapping[str, str] = {
    "card[number]": _PAID_WITH,
    "bank_account[account_number]": _PAID_WITH,
    "bank_account[routing_number]": _PAID_WITH,
    "bank_account[swedish_identity_number]": _PAID_WITH,
    "taxId": _TAX,
    "vat_number": _TAX,
    "exempt_number": _TAX,
    "business_customer_without_vat_number": "A switch.",
    "customer_type": "A word of a list.",
    "reference": _REMARK,
    "transaction[reference_number]": _REMARK,
}
