"""The usual mounts of both dialects, and the documentation beside them."""

from django.urls import include, path

from tests.urls import urlpatterns as usual

urlpatterns = [*usual, path("", include("billing_customers.openapi.urls"))]
