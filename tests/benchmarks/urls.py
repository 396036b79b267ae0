from django.urls import include, path

from tests.urls import urlpatterns as ours

urlpatterns = [path("plain/", include("tests.benchmarks.baseline.urls")), *ours]
