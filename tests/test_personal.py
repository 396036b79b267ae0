"""The registry names each text and JSON column of each model, and none that is not there."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from billing_customers.neighbors.builtin import BUILT_IN
from billing_customers.operations.owned_rows import OWNERS, text_columns_of
from billing_customers.personal import PERSONAL, Blank, Treated, blanks
from billing_customers.phonefield import E164Field

MODELS: dict[str, Any] = {model.__name__: model for model in apps.get_app_config("billing_customers").get_models()}


def untagged(name: str, model: Any) -> set[str]:
    """The columns that can hold text and are not named in the registry."""
    return set(text_columns_of(model)) - set(PERSONAL.get(name, {}))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_no_text_is_untagged(name: str) -> None:
    assert untagged(name, MODELS[name]) == set()


@pytest.mark.parametrize(
    "field",
    [
        models.CharField(max_length=10),
        models.TextField(),
        models.JSONField(),
        models.EmailField(),
        models.URLField(),
        models.GenericIPAddressField(),
        models.BinaryField(),
        models.FileField(),
        models.UUIDField(),
        E164Field(),
        # Of the host's or of a library's: nobody knows what it holds.
        models.Field(),
    ],
    ids=lambda field: type(field).__name__,
)
@isolate_apps("tests.hostapp")
def test_new_column_without_a_tag_is_found(field: Any) -> None:
    class Invoice(models.Model):  # noqa: DJ008 - it has no rows
        memo = field.clone()
        public_id, currency = models.CharField(max_length=1), models.CharField(max_length=1)
        total, is_open, paid_at = models.BigIntegerField(), models.BooleanField(), models.DateTimeField()

        class Meta:
            app_label = "hostapp"

    assert untagged("Invoice", Invoice) == {"memo"}
    assert untagged("Memo", Invoice) == {"memo", "public_id", "currency"}


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_no_tag_is_without_a_column(name: str) -> None:
    assert set(PERSONAL[name]) - {field.name for field in MODELS[name]._meta.concrete_fields} == set()


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_blank_can_be_stored(name: str) -> None:
    for column, value in blanks(name).items():
        field = MODELS[name]._meta.get_field(column)
        assert field.null if value is None else value == ({} if isinstance(field, models.JSONField) else "")


def test_whatever_is_personal_is_led_to_its_customer() -> None:
    personal = {
        name for name, tags in PERSONAL.items() if any(isinstance(tag, (Blank, Treated)) for tag in tags.values())
    }

    assert personal - set(OWNERS) == set()


def test_every_row_of_a_customer_is_known() -> None:
    customer = MODELS["Customer"]
    keys = {
        name for name, model in MODELS.items() if any(f.related_model is customer for f in model._meta.local_fields)
    }

    # A place in a hierarchy has no texts, and a certificate is about the erasure.
    assert keys - set(OWNERS) == {"ErasureCertificate", "Relationship"}


@pytest.mark.parametrize("neighbor", [each for each in BUILT_IN if hasattr(each, "model_label")])
def test_neighbours_blank_what_the_registry_says(neighbor: Any) -> None:
    assert set(neighbor.pii) == set(blanks(neighbor.model.__name__))
