"""How Chargebee's contract is described."""

from billing_customers.dialects.chargebee.errors import TABLE
from billing_customers.dialects.chargebee.viewsets.base import ALL_DISABLED, SILENCING, ChargebeeViewSet
from billing_customers.openapi.chargebee import balances, collecting, families, merging, moves, outlook, paying
from billing_customers.openapi.chargebee.operations import OPERATIONS
from billing_customers.openapi.chargebee.outputs import SCHEMAS
from billing_customers.openapi.operation import DialectText
from billing_customers.openapi.schemas import constant, ref

CHARGEBEE = DialectText(
    dialect=ChargebeeViewSet.dialect,
    title="Chargebee",
    description="Forms with bracketed names, or JSON, in; JSON out. Times are seconds, what is unset is left out.",
    security={"type": "http", "scheme": "basic", "description": "The user is an API key, the password is empty."},
    statuses={kind: (status, code) for kind, (status, code, _) in TABLE.items()},
    error=ref("ChargebeeError"),
    schemas={
        **SCHEMAS,
        **balances.SCHEMAS,
        **collecting.SCHEMAS,
        **families.SCHEMAS,
        **merging.SCHEMAS,
        **outlook.SCHEMAS,
        **moves.SCHEMAS,
        **paying.SCHEMAS,
    },
    operations={
        **OPERATIONS,
        **balances.OPERATIONS,
        **collecting.OPERATIONS,
        **families.OPERATIONS,
        **merging.OPERATIONS,
        **outlook.OPERATIONS,
        **moves.OPERATIONS,
        **paying.OPERATIONS,
    },
    write_headers=tuple(
        {
            "name": name,
            "in": "header",
            "description": "Record what happens, but send no webhook of it.",
            "schema": constant(ALL_DISABLED),
        }
        for name in SILENCING
    ),
)
