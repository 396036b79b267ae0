"""Chargebee's merges: parameters, answers and calls."""

from __future__ import annotations

from billing_customers.dialects.chargebee.viewsets import MergeViewSet
from billing_customers.dialects.faults import Kind
from billing_customers.ids import MAX_LENGTH
from billing_customers.models.merge import MergeStatus
from billing_customers.openapi.chargebee.bodies import Body
from billing_customers.openapi.chargebee.inputs import NOTHING
from billing_customers.openapi.chargebee.queries import PAGING
from billing_customers.openapi.operation import Action, Operation
from billing_customers.openapi.schemas import INTEGER, STRING, Schema, array_of, constant, one_of, record, ref

_ID: Schema = {"type": "string", "maxLength": MAX_LENGTH}
_CUSTOMER: Schema = {"name": "customer_id", "in": "query", "schema": _ID}
_MERGE = Body(
    params=dict.fromkeys(("from_customer_id", "to_customer_id"), _ID),
    required=("from_customer_id", "to_customer_id"),
    example={"from_customer_id": "cus_1", "to_customer_id": "cus_2"},
).media_types()
_SHOWN: dict[str, Schema] = {
    "object": constant("customer_merge"),
    "id": STRING,
    "from_customer_id": STRING,
    "to_customer_id": STRING,
    "status": one_of(MergeStatus.values),
    "moved": {
        "type": "object",
        "additionalProperties": INTEGER,
        "description": "How many rows of each kind were moved.",
    },
    "created_at": INTEGER,
    "updated_at": INTEGER,
}
_OPTIONAL: dict[str, Schema] = {
    "error": {**STRING, "description": "Why it has failed, or was not undone."},
    "merged_at": INTEGER,
    "undone_at": INTEGER,
}
_ANSWER = ref("ChargebeeCustomerMergeAnswer")

SCHEMAS: dict[str, Schema] = {
    "ChargebeeCustomerMerge": record({**_SHOWN, **_OPTIONAL}, required=_SHOWN),
    "ChargebeeCustomerMergeAnswer": record({"customer_merge": ref("ChargebeeCustomerMerge")}),
    "ChargebeeCustomerMergeList": record(
        {"list": array_of(ref("ChargebeeCustomerMergeAnswer")), "next_offset": STRING}, required=["list"]
    ),
}

OPERATIONS: dict[Action, Operation] = {
    (MergeViewSet, "merge"): Operation(
        "Merge customers",
        ref("ChargebeeCustomerAnswer"),
        "Scheduled: the answer is the customer that stays, as it still is.",
        body=_MERGE,
        faults=frozenset({Kind.NOT_FOUND, Kind.STATE}),
    ),
    (MergeViewSet, "list"): Operation(
        "List merges",
        ref("ChargebeeCustomerMergeList"),
        "Beyond the contract. The newest first; with customer_id those in which this customer took part.",
        query=(*PAGING, _CUSTOMER),
    ),
    (MergeViewSet, "retrieve"): Operation("Retrieve a merge", _ANSWER, "Beyond the contract."),
    (MergeViewSet, "undo"): Operation(
        "Undo a merge",
        _ANSWER,
        "Beyond the contract. Scheduled; it can be undone while nothing that was moved has changed since.",
        body=NOTHING,
        faults=frozenset({Kind.STATE}),
    ),
}
