"""Moves in short: a customer of ``globex-test`` that is to come to ``acme-test``."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from billing_customers.models import BillingSite, Customer, Job, ResourceMigration
from billing_customers.neighbors import ModelNeighbor
from billing_customers.operations import locks
from billing_customers.operations.move import schedule_move
from billing_customers.operations.move_allowances import allow_moves
from billing_customers.operations.payment_sources import assign_payment_role
from billing_customers.operations.sites import create_site
from billing_customers.work.jobs import run_due
from billing_customers.work.outcomes import Outcome
from tests.fixtures import NOW
from tests.hostapp.models import Badge
from tests.operations import acts, paying

# The host keeps customers with a badge where they are.
BADGES_KEEP = {"NEIGHBORS": [ModelNeighbor("hostapp.Badge", kind="badge", blocks=["move"], message="It has a badge.")]}
KIND = "customers.move"
SOURCE = "globex-test"


def allow(site: BillingSite, from_site: BillingSite) -> None:
    allow_moves(site=site, from_site=from_site, at=NOW)


def a_source(site: BillingSite) -> BillingSite:
    """Another site, from which ``site`` may take customers, with the customer ``zed`` and two cards."""
    source = create_site(slug=SOURCE, at=NOW)
    allow(site, source)
    a_zed(source)
    return source


def a_zed(source: BillingSite) -> Customer:
    """The customer ``zed`` of whom much is said: two contacts, a primary card and a backup."""
    zed = acts.create(
        source,
        "zed",
        name="Zed Ltd",
        email="zed@example.com",
        phone="054-987-6543",
        tax_id="IL516179157",
        metadata={"tier": "gold"},
        custom_fields={"cf_segment": "smb"},
        billing_address={"city": "Haifa", "country": "IL"},
        billing_date=3,
        net_term_days=30,
        preferred_currency_code="EUR",
    )
    acts.add_contact(source, "zed", id="jane", email="jane@example.com", label="CFO", enabled=True)
    acts.add_contact(source, "zed", id="joe", email="joe@example.com")
    for reference, role in (("tok_success_1", "primary"), ("tok_success_2", "backup")):
        public_id = paying.attach(source, "zed", reference).public_id
        said: dict[str, Any] = {"payment_source_id": public_id, "role": role}
        assign_payment_role(site=source, customer_public_id="zed", at=NOW, **said)
    return Customer.objects.get(pk=zed.pk)


def give_badge(source: BillingSite) -> None:
    Badge.objects.create(customer=the_copy(source), given_at=NOW, value=1)


def customers() -> list[tuple[str, str]]:
    """Every customer, with its site before it."""
    return list(Customer.objects.order_by("pk").values_list("site__slug", "public_id"))


def schedule(site: BillingSite, public_id: str = "zed", from_site: str = SOURCE, **more: Any) -> ResourceMigration:
    return schedule_move(site=site, from_site=from_site, public_id=public_id, at=acts.LATER, **more)


def run_all() -> list[Outcome]:
    """What became of each job that was due."""
    return list(iter(lambda: run_due(clock=lambda: acts.LATER, uniform=lambda low, high: low), None))


def the_job() -> Job:
    return Job.objects.get(kind=KIND)


def outcome() -> tuple[str, str]:
    """Status and errors of the one migration."""
    return ResourceMigration.objects.values_list("status", "errors").get()


def the_copy(site: BillingSite, public_id: str = "zed") -> Customer:
    return Customer.objects.live().get(site=site, public_id=public_id)


def locked(source: BillingSite, public_id: str = "zed") -> Customer:
    with transaction.atomic():
        return locks.lock_customer(source, public_id)
