"""``openapi.json`` and ``docs/``. Mount them with ``path("", include("billing_customers.openapi.urls"))``.

They need the extra ``[openapi]``, and nothing in ``INSTALLED_APPS``.
"""

from django.urls import path

from billing_customers.openapi.assets import find_assets
from billing_customers.openapi.views import asset, openapi_json

_assets = find_assets()
_page = _assets.pop("index.html")

urlpatterns = [
    path("openapi.json", openapi_json, name="billing-openapi"),
    path("docs/", asset, {"path": _page}, name="billing-docs"),
    *(path(f"docs/{name}", asset, {"path": file}) for name, file in _assets.items()),
]
