"""Tables equal to ours, column by column and index by index, whatever ours become."""

from __future__ import annotations

from typing import Any

from django.db import models

from billing_customers.models import Contact, Customer


def _equal_model(name: str, original: type[models.Model], **relations: models.ForeignKey[Any, Any]) -> Any:
    """A model with the columns, indexes and constraints of ``original``; ``relations`` lead elsewhere than there."""
    columns = {field.name: _equal_field(field) for field in original._meta.local_concrete_fields}
    options = {
        "indexes": [_renamed(index) for index in original._meta.indexes],
        "constraints": [_renamed(constraint) for constraint in original._meta.constraints],
    }
    return type(
        name, (models.Model,), {"__module__": __name__, "Meta": type("Meta", (), options), **columns, **relations}
    )


def _equal_field(field: Any) -> models.Field[Any, Any]:
    if field.is_relation:
        return models.ForeignKey(
            field.remote_field.model, db_index=field.db_index, on_delete=models.PROTECT, related_name="+"
        )
    _, _, arguments, options = field.deconstruct()
    return field.__class__(*arguments, **options)


def _renamed(part: Any) -> Any:
    """An index or a constraint under a name of its own: the names are unique in a schema."""
    copy = part.clone()
    copy.name = part.name.replace("bc_", "plain_", 1)
    return copy


PlainCustomer = _equal_model("PlainCustomer", Customer)
PlainContact = _equal_model(
    "PlainContact",
    Contact,
    customer=models.ForeignKey(PlainCustomer, on_delete=models.PROTECT, related_name="contacts"),
)
