"""Chargebee's account hierarchies: parameters, answers and calls."""

from __future__ import annotations

from billing_customers.choices import HierarchyPart
from billing_customers.dialects.chargebee.viewsets import HierarchyViewSet
from billing_customers.dialects.faults import Kind
from billing_customers.ids import MAX_LENGTH
from billing_customers.openapi.chargebee.bodies import Body
from billing_customers.openapi.chargebee.inputs import NOTHING
from billing_customers.openapi.chargebee.queries import PAGING
from billing_customers.openapi.operation import Action, Operation
from billing_customers.openapi.schemas import BOOLEAN, STRING, Schema, array_of, constant, one_of, record, ref
from billing_customers.operations.access import ACCESS_RULES
from billing_customers.operations.rules import schema_of

_CUSTOMER, _NODES = ref("ChargebeeCustomerAlone"), ref("ChargebeeHierarchies")
_ACCESS = {side: {name: dict(schema_of(rule)) for name, rule in rules.items()} for side, rules in ACCESS_RULES.items()}
_ID: Schema = {"type": "string", "maxLength": MAX_LENGTH}
_DEFAULTS: dict[str, Schema] = {"use_default_hierarchy_settings": {**BOOLEAN, "default": True}}
_PART: Schema = {**one_of(HierarchyPart.values), "default": HierarchyPart.COMPLETE.value}
_QUERY: Schema = {"name": "hierarchy_operation_type", "in": "query", "schema": _PART}
_LINK = Body(
    params={**dict.fromkeys(("parent_id", "payment_owner_id", "invoice_owner_id"), _ID), **_DEFAULTS},
    parts=_ACCESS,
    required=("parent_id",),
    example={"parent_id": "cus_1"},
).media_types()
_SETTINGS = Body(
    params=_DEFAULTS,
    parts=_ACCESS,
    example={
        "use_default_hierarchy_settings": False,
        "parent_account_access": {"send_invoice_emails": False},
    },
).media_types()
_OWNERS: dict[str, Schema] = dict.fromkeys(("payment_owner_id", "invoice_owner_id"), STRING)
_NODE: dict[str, Schema] = {
    "object": constant("hierarchy"),
    "customer_id": STRING,
    **_OWNERS,
    "children_ids": array_of(STRING),
}

SCHEMAS: dict[str, Schema] = {
    "ChargebeeRelationship": record(
        {"parent_id": STRING, "root_id": STRING, **_OWNERS},
        required=["root_id", *_OWNERS],
        description="At the top of a hierarchy there is no parent_id.",
    ),
    "ChargebeeParentAccountAccess": record(_ACCESS["parent_account_access"]),
    "ChargebeeChildAccountAccess": record(_ACCESS["child_account_access"]),
    "ChargebeeHierarchy": record({**_NODE, "parent_id": STRING}, required=_NODE),
    "ChargebeeHierarchyDetail": record(
        {**_NODE, "parent_id": STRING, "has_children": BOOLEAN}, required=[*_NODE, "has_children"]
    ),
    "ChargebeeHierarchies": record({"hierarchies": array_of(ref("ChargebeeHierarchy"))}),
    "ChargebeeHierarchyDetailList": record(
        {"list": array_of(record({"hierarchy": ref("ChargebeeHierarchyDetail")})), "next_offset": STRING},
        required=["list"],
    ),
}

OPERATIONS: dict[Action, Operation] = {
    (HierarchyViewSet, "relationships"): Operation(
        "Link a customer",
        _CUSTOMER,
        "Puts it, with all below it, right below the parent. Without owners it is invoiced and pays itself.",
        body=_LINK,
        versioned=True,
        faults=frozenset({Kind.LIMIT, Kind.STATE}),
    ),
    (HierarchyViewSet, "delete_relationship"): Operation(
        "Delink a customer",
        _CUSTOMER,
        "What is below stays below it. It takes the place of owners that are not above these any more.",
        body=NOTHING,
        versioned=True,
        faults=frozenset({Kind.STATE}),
    ),
    (HierarchyViewSet, "update_hierarchy_settings"): Operation(
        "Update hierarchy access settings",
        _CUSTOMER,
        "With the site's settings, those of the customer are removed; otherwise what is not sent stays.",
        body=_SETTINGS,
        versioned=True,
        faults=frozenset({Kind.STATE}),
    ),
    (HierarchyViewSet, "hierarchy"): Operation(
        "Get hierarchy", _NODES, "A whole hierarchy and a path begin at the top.", query=(_QUERY,)
    ),
    (HierarchyViewSet, "ask_for_hierarchy"): Operation(
        "Get hierarchy, by POST",
        _NODES,
        "What curl makes of the contract's own commands.",
        body=Body(params={"hierarchy_operation_type": _PART}, example={}).media_types(),
    ),
    (HierarchyViewSet, "hierarchy_detail"): Operation(
        "List hierarchy detail", ref("ChargebeeHierarchyDetailList"), query=(*PAGING, _QUERY)
    ),
}
