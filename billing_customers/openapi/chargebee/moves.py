"""Chargebee's moves of customers between sites: parameters, answers and calls."""

from __future__ import annotations

from billing_customers.dialects.chargebee.inputs.moves import LATEST, MOVE
from billing_customers.dialects.chargebee.viewsets import ResourceMigrationViewSet
from billing_customers.dialects.faults import Kind
from billing_customers.models import MigrationStatus
from billing_customers.openapi.chargebee.bodies import Body
from billing_customers.openapi.operation import Action, Operation
from billing_customers.openapi.schemas import STRING, Schema, constant, one_of, record, ref
from billing_customers.queries.moves import CUSTOMER

_ANSWER = ref("ChargebeeResourceMigrationAnswer")
_TIME: Schema = {"type": "integer", "format": "int64"}
_LIMITED: dict[str, Schema] = {
    name: {"type": "string", "maxLength": param.max_length}
    for name, param in {**MOVE, **LATEST}.items()
    if param.max_length is not None
}
_ALWAYS: dict[str, Schema] = {
    "created_at": _TIME,
    "entity_id": STRING,
    "entity_type": constant(CUSTOMER),
    "from_site": STRING,
    "object": constant("resource_migration"),
    "status": one_of(MigrationStatus.values),
    "updated_at": _TIME,
}

SCHEMAS: dict[str, Schema] = {
    "ChargebeeResourceMigration": record(
        {**_ALWAYS, "errors": STRING},
        required=_ALWAYS,
        description="errors says why it failed or, where it succeeded, what was left out.",
    ),
    "ChargebeeResourceMigrationAnswer": record({"resource_migration": ref("ChargebeeResourceMigration")}),
}

OPERATIONS: dict[Action, Operation] = {
    (ResourceMigrationViewSet, "move"): Operation(
        "Move a customer",
        _ANSWER,
        "Copies it here from another site of the installation, soon after, if that has been enabled for these two.",
        body=Body(
            params={name: _LIMITED[name] for name in MOVE},
            required=tuple(MOVE),
            example={"from_site": "acme-eu", "id_at_from_site": "cus_1"},
        ).media_types(),
        faults=frozenset({Kind.NOT_ENABLED, Kind.NOT_FOUND, Kind.STATE, Kind.DUPLICATE_ID, Kind.DUPLICATE_EMAIL}),
    ),
    (ResourceMigrationViewSet, "retrieve_latest"): Operation(
        "Retrieve the latest migration",
        _ANSWER,
        "What became of the last move of this customer from that site to this one.",
        query=tuple(
            {"name": name, "in": "query", "required": True, "schema": _LIMITED.get(name, constant(CUSTOMER))}
            for name in LATEST
        ),
        faults=frozenset({Kind.NOT_FOUND}),
    ),
}
