from rest_framework.routers import SimpleRouter

from tests.benchmarks.baseline.views import CustomerViewSet, SlimCustomerViewSet

router = SimpleRouter(trailing_slash=False)
router.register("customers", CustomerViewSet, basename="plain-customer")
router.register("slim-customers", SlimCustomerViewSet, basename="slim-customer")

urlpatterns = router.urls
