"""What is where. Only the ``include()`` lines belong to billing_customers."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from example_project import receiver

urlpatterns = [
    path("", TemplateView.as_view(template_name="landing.html"), name="landing"),
    path("ching/v1/", include("billing_customers.dialects.ching.urls")),
    # The same routes again, where the contract's own page writes them.
    path("v1/", include("billing_customers.dialects.ching.urls")),
    path("api/v2/", include("billing_customers.dialects.chargebee.urls")),
    path("admin/", admin.site.urls),
    # Somebody else's side of a webhook, here to look at.
    path("receiver/", receiver.page, name="receiver"),
    path("receiver/latest.json", receiver.latest, name="receiver-latest"),
    path("receiver/<slug:dialect>", receiver.receive, name="receiver-in"),
    # /openapi.json, and /docs/ where it can be read and tried.
    path("", include("billing_customers.openapi.urls")),
]
