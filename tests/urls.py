"""Both dialects where the documentation mounts them, and the host's admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("ching/v1/", include("billing_customers.dialects.ching.urls")),
    path("v1/", include("billing_customers.dialects.ching.urls")),
    path("api/v2/", include("billing_customers.dialects.chargebee.urls")),
    path("admin/", admin.site.urls),
]
