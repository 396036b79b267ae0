"""Members of staff, and forms filled in as a browser would send them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from billing_customers.models import BillingSite, Customer, WebhookEndpoint
from billing_customers.operations.customers import create_customer
from tests.admin.browser import Browser, missing_browser
from tests.admin.endpoint_pages import PASSWORD
from tests.admin.outbox import make_endpoint
from tests.conftest import require
from tests.fixtures import NOW

StaffClient = Callable[..., Client]


@pytest.fixture
def staff(db: None) -> StaffClient:
    """Gives a client of a member of staff with the named permissions, such as ``change_customer``."""

    def client_with(*permissions: str) -> Client:
        user = get_user_model().objects.create_user(username="-".join(permissions) or "nothing", is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label="billing_customers", codename__in=permissions)
        )
        assert user.user_permissions.count() == len(permissions)
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    return client_with


@pytest.fixture
def root(db: None) -> Client:
    """A superuser's client; a crash is raised."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser(username="root"))
    return client


@pytest.fixture
def dana(site: BillingSite) -> Customer:
    """A customer with an address and custom fields."""
    return create_customer(
        site=site,
        public_id="dana",
        attributes={
            "first_name": "Dana",
            "last_name": "Levi",
            "email": "Dana@Example.com",
            "phone": "054-987-6543",
            "billing_address": {"line1": "1 Dizengoff", "city": "Tel Aviv", "country": "IL"},
            "metadata": {"plan": "gold", "seats": 5},
            "custom_fields": {"cf_color": "red", "cf_size": "L"},
        },
        at=NOW,
    )


@pytest.fixture
def endpoint(site: BillingSite) -> WebhookEndpoint:
    """An endpoint with a name and a password."""
    return make_endpoint(site, name="CRM", basic_auth_username="crm", basic_auth_password=PASSWORD)


@pytest.fixture
def browser(live_server: Any) -> Iterator[Browser]:
    missing = missing_browser()
    require(not missing, missing or "Chromium")
    with Browser(live_server.url) as opened:
        yield opened


@pytest.fixture(params=["en", "he"])
def desk(request: pytest.FixtureRequest, browser: Browser) -> Browser:
    """The browser with a superuser logged in, in the language of the parameter."""
    get_user_model().objects.create_superuser(username="root", password="for this test only")
    browser.open("/admin/login/")
    browser.driver.add_cookie({"name": "django_language", "value": request.param})
    browser.open("/admin/login/?next=/admin/")
    browser.type("username", "root")
    browser.type("password", "for this test only")
    browser.submit("[type=submit]")
    browser.language = request.param
    return browser
