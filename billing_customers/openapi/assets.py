"""The files of the documentation page: Swagger UI as drf-spectacular-sidecar ships it, and what starts it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SIDECAR = "drf_spectacular_sidecar"
MISSING = (
    "billing_customers.openapi.urls needs drf-spectacular-sidecar: install django-billing-customers[openapi], "
    "or do not include these URLs."
)

_HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".png": "image/png"}

OWN = ("index.html", "start.js")
OF_SWAGGER_UI = ("favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui.css")


def find_assets() -> dict[str, Path]:
    """Each file by its name. Raises :class:`ImproperlyConfigured` where the extra is not installed."""
    spec = find_spec(SIDECAR)
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured(MISSING)
    swagger_ui = Path(spec.origin).parent / "static" / SIDECAR / "swagger-ui-dist"
    return {name: _HERE / "page" / name for name in OWN} | {name: swagger_ui / name for name in OF_SWAGGER_UI}


def content_type(path: Path) -> str:
    """The media type of a file, by the end of its name."""
    return _TYPES[path.suffix]
