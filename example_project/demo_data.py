"""What the demo needs in the database: tables, two sites, a key, a member of staff and customers."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction

from billing_customers.actors import Actor
from billing_customers.choices import DialectName, Scope
from billing_customers.models import BillingSite, Customer, WebhookEndpoint
from billing_customers.operations.api_keys import create_api_key, find_api_key
from billing_customers.operations.attributes import ContactAttributes, CustomerAttributes
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer, update_customer
from billing_customers.operations.deletion import delete_customer
from billing_customers.operations.sites import ensure_site
from billing_customers.operations.webhooks import EndpointAttributes, create_endpoint, rotate_secret, update_endpoint
from example_project.demo_customers import DemoCustomer, demo_customers
from example_project.demo_hierarchy import load_hierarchy
from example_project.demo_money import load_money

CUSTOMERS = 200
ADMIN_NAME = "admin"
ADMIN_PASSWORD = "demo-only"  # noqa: S105 - printed, documented, and served on 127.0.0.1 alone

DEMO = Actor("system", "demo")


def prepare(*, at: datetime) -> str:
    """Bring the database to the demo's state, keeping what is there; return the text of the demo's API key."""
    call_command("migrate", interactive=False, verbosity=0)
    ensure_site(slug="acme", livemode=True, at=at)
    site, _ = ensure_site(slug="acme-test", at=at)
    _ensure_admin()
    if not Customer.objects.for_site(site).exists():
        _load(site, demo_customers(CUSTOMERS), at)
    load_money(site, at=at)
    load_hierarchy(site, at=at)
    return _ensure_key(site, at)


def hook_up(url: str, *, at: datetime) -> dict[str, str]:
    """Make sure that the demo's receiver at ``url`` gets every event in both dialects; return the secrets by dialect.

    Each start gives the endpoints new secrets: no place keeps the old ones in clear.
    """
    site = BillingSite.objects.get(slug="acme-test")
    secrets = {}
    for dialect in DialectName.values:
        target = f"{url}/receiver/{dialect}"
        endpoint = WebhookEndpoint.objects.for_site(site).kept().filter(name=f"demo receiver, {dialect}").first()
        if endpoint is None:
            attributes: EndpointAttributes = {"dialect": dialect, "url": target, "name": f"demo receiver, {dialect}"}
            _, secret = create_endpoint(site=site, attributes=attributes, actor=DEMO, at=at)
        else:
            public_id = endpoint.public_id
            update_endpoint(site=site, public_id=public_id, attributes={"url": target}, actor=DEMO, at=at)
            secret = rotate_secret(site=site, public_id=public_id, overlap=timedelta(0), actor=DEMO, at=at)
        secrets[dialect] = secret.reveal()
    return secrets


def key_file() -> Path:
    """Where the text of the demo's key is kept: beside the SQLite file, or in this folder."""
    if connection.vendor == "sqlite":
        return Path(str(connection.settings_dict["NAME"])).with_suffix(".api-key")
    return Path(__file__).with_name(f"{connection.vendor}.api-key")


def _ensure_key(site: BillingSite, at: datetime) -> str:
    """The key of an earlier run, while it opens the site, else a new one.

    The database holds only a digest, from which no key can be printed again. A file that git ignores holds the text, so
    that curl lines and scripts keep working from one run to the next.
    """
    path = key_file()
    text = path.read_text("ascii").strip() if path.exists() else ""
    key = find_api_key(text, at=at)
    if key is not None and key.site_id == site.pk:
        return text
    _, text = create_api_key(site=site, scopes=[Scope.WRITE], name="demo", at=at)
    path.touch(mode=0o600)
    path.write_text(text + "\n", "ascii")
    return text


def _ensure_admin() -> None:
    users = get_user_model()._default_manager  # noqa: SLF001 - public in all but name
    if not users.filter(username=ADMIN_NAME).exists():
        cast(Any, users).create_superuser(ADMIN_NAME, "admin@example.com", ADMIN_PASSWORD)


def _load(site: BillingSite, customers: Iterable[DemoCustomer], at: datetime) -> None:
    """All of them or, when it is interrupted, none: the next run starts from nothing again."""
    with transaction.atomic():
        for number, each in enumerate(customers, 1):
            _live_through(site, each, at)
            if number % 20 == 0:
                sys.stdout.write(f"\rCustomers: {number} of {CUSTOMERS}")
                sys.stdout.flush()
    sys.stdout.write("\n")


def _live_through(site: BillingSite, each: DemoCustomer, at: datetime) -> None:
    """The life of one customer, through the operations that the APIs call, each at its time."""
    born, public_id = at - each.age, each.public_id
    attributes, later = cast(CustomerAttributes, each.attributes), cast(CustomerAttributes, each.later)
    create_customer(site=site, public_id=public_id, attributes=attributes, actor=DEMO, at=born)
    for contact in cast(list[ContactAttributes], each.contacts):
        add_contact(site=site, public_id=public_id, attributes=contact, actor=DEMO, at=born + each.age / 4)
    if later:
        update_customer(site=site, public_id=public_id, attributes=later, actor=DEMO, at=born + each.age / 2)
    if each.is_deleted:
        delete_customer(site=site, public_id=public_id, actor=DEMO, at=born + each.age * 3 / 4)
