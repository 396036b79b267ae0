"""Access, recipients and impacts in JSON. They are no resources of the contract, and keep to its ways: names in snake
case, amounts in minor units, and nothing that is unset.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from billing_customers.neighbors import Blocker
from billing_customers.queries.access import AccessLine
from billing_customers.queries.effects import Effect
from billing_customers.queries.impact import Impact
from billing_customers.queries.recipients import Reason, Recipient


def access(lines: Sequence[AccessLine]) -> dict[str, Any]:
    """Who may do what with the documents of a customer, which is whom the first line is about."""
    shown = [_access_line(line) for line in lines]
    return {"access": {"object": "access", "customer_id": lines[0].customer_id, "lines": shown}}


def recipients(found: Sequence[Recipient]) -> dict[str, Any]:
    """Who gets which mail about a customer, which is the first reason."""
    customer_id = found[0].reasons[0].customer_id
    lines = [_recipient(each) for each in found]
    return {"recipients": {"object": "recipients", "customer_id": customer_id, "lines": lines}}


def impact(found: Impact) -> dict[str, Any]:
    """What an operation would do to a customer."""
    shown = {
        "object": "impact",
        "operation": found.operation,
        "customer_id": found.customer_id,
        "blockers": [_blocker(each) for each in found.blockers],
        "effects": [_effect(each) for each in found.effects],
    }
    return {"impact": shown}


def _access_line(line: AccessLine) -> dict[str, Any]:
    shown = {
        "customer_id": line.customer_id,
        "what": line.what,
        "level": line.level,
        "reason": line.reason,
        "message": line.message,
    }
    if line.user_id is not None:
        shown |= {"user_id": line.user_id, "role": str(line.role)}
    return shown


def _recipient(recipient: Recipient) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "mail": recipient.mail,
        "receives": recipient.receives,
        "reasons": [_reason(each) for each in recipient.reasons],
    }
    if recipient.email is not None:
        shown["email"] = recipient.email
    return shown


def _reason(reason: Reason) -> dict[str, Any]:
    shown = {
        "code": reason.code,
        "message": reason.message,
        "sends": reason.sends,
        "customer_id": reason.customer_id,
    }
    if reason.contact_id is not None:
        shown["contact_id"] = reason.contact_id
    return shown


def _blocker(blocker: Blocker) -> dict[str, Any]:
    return {"code": blocker.code, "message": blocker.message, "ids": list(blocker.ids), "fix": blocker.fix}


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "code": effect.code,
        "message": effect.message,
        "count": effect.count,
        "amounts": dict(effect.amounts),
        "ids": list(effect.ids),
    }
