"""The document and its page, in a host whose settings would break whatever they reach."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.test.utils import override_script_prefix
from rest_framework.views import APIView

from billing_customers.openapi.document import build_document
from tests.urls import urlpatterns

HOST_SCHEMA = "tests.openapi.hostschema.Refuse"
MODULES = ("drf_spectacular", "drf_spectacular_sidecar")


@pytest.fixture
def capturing_host() -> Iterator[None]:
    """A host whose schema class refuses to describe any view."""
    with override_settings(REST_FRAMEWORK={**settings.REST_FRAMEWORK, "DEFAULT_SCHEMA_CLASS": HOST_SCHEMA}):
        yield


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the extra."""
    for name in MODULES:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "billing_customers.openapi.urls", raising=False)


def test_document_is_json_for_anybody() -> None:
    response = Client().get("/openapi.json", headers={"accept": "text/html"})

    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert response.json()["openapi"] == "3.1.0"


def test_document_is_never_written_by_the_schema_class_of_the_host(
    capturing_host: None, document: dict[str, Any]
) -> None:
    assert document["paths"] == build_document(urlpatterns)["paths"]


def test_schema_class_of_the_host_would_be_noticed(capturing_host: None) -> None:
    with pytest.raises(AssertionError, match="the host's schema class"):
        _ = APIView().schema


def test_page_shows_the_document_with_files_of_its_own_only() -> None:
    page = Client().get("/docs/").content.decode()

    assert '<script src="swagger-ui-bundle.js"></script>' in page
    assert "//" not in page


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("favicon-32x32.png", "image/png"),
        ("start.js", "text/javascript"),
        ("swagger-ui-bundle.js", "text/javascript"),
        ("swagger-ui.css", "text/css"),
    ],
)
def test_file_of_the_page_is_served_without_static_files(name: str, media_type: str) -> None:
    response = Client().get(f"/docs/{name}")

    assert (response.status_code, response.headers["Content-Type"]) == (200, media_type)
    assert "drf_spectacular_sidecar" not in settings.INSTALLED_APPS


@pytest.mark.parametrize("name", ["index.html", "..%2fviews.py", "../urls.py", "swagger-ui.css.map"])
def test_no_other_file_is_served(name: str) -> None:
    assert Client().get(f"/docs/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/openapi.json", "/docs/", "/docs/start.js"])
def test_nothing_can_be_sent_there(path: str) -> None:
    assert Client().post(path).status_code == 405


def test_paths_stand_below_the_prefix_of_the_script() -> None:
    with override_script_prefix("/shop/"):
        served = Client().get("/openapi.json").json()

    assert served["servers"] == [{"url": "/shop"}]


def test_urls_without_the_extra_name_it(bare: None) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"install django-billing-customers\[openapi\]"):
        import_module("billing_customers.openapi.urls")


def test_document_needs_no_extra(bare: None) -> None:
    assert build_document(urlpatterns)["openapi"] == "3.1.0"
