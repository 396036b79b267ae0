from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from tests.openapi.reading import Contract


@pytest.fixture(autouse=True)
def _documentation_is_mounted() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.openapi.urls"):
        yield


@pytest.fixture
def document() -> dict[str, Any]:
    """The document as a stranger gets it."""
    served: dict[str, Any] = Client().get("/openapi.json").json()
    return served


@pytest.fixture
def contract(document: dict[str, Any]) -> Contract:
    return Contract(document)
