"""What must hold of all rows together, whatever the models say of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from django.apps import apps
from django.db import connection, models

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.verification import verify_books
from billing_customers.queries.tree_faults import faults_of_trees
from tests.machine.model import CLEARED
from tests.machine.moves import Moves
from tests.machine.tables import read

_UNDELIVERED = """
SELECT event.public_id FROM billing_customers_event event
LEFT JOIN billing_customers_delivery delivery ON delivery.event_id = event.id
LEFT JOIN billing_customers_lane lane ON lane.id = delivery.lane_id AND lane.customer_id = event.customer_id
WHERE lane.id IS NULL
"""


def check_rules(sites: Iterable[BillingSite]) -> None:
    """The books add up, hierarchies are trees, no row of one site refers to a row of another, each event waits in its
    customer's lane, and where a site forbids it no two live customers have one address.
    """
    for site in sites:
        if site.forbids_duplicate_emails:
            keys = Customer.objects.for_site(site).live().exclude(email_key=None).values_list("email_key", flat=True)
            assert sorted(keys) == sorted(set(keys))
        assert [str(each) for each in verify_books(site=site)] == []
        assert faults_of_trees(site) == []
    assert read(_strangers()) == []
    assert read(_UNDELIVERED) == []
    connection.check_constraints()


def check_forgotten(site: int, models: dict[int, Moves]) -> None:
    """Of whoever was cleared in this site nothing is left that nobody else has said, in any table.

    A copy in the other site is not cleared with it: what that one has said is looked for in the rows of this site only.
    """
    gone = {text for each in models[site].customers if each.clearing == CLEARED for text in each.canaries}
    gone -= _still_said(models[site])
    elsewhere = {text for model in models.values() for text in _still_said(model)}
    for table in connection.introspection.table_names() if gone else []:
        is_of_sites = table in _tables_of_sites()
        where = f" WHERE site_id = {site}" if is_of_sites else ""
        for row in read(f"SELECT * FROM {connection.ops.quote_name(table)}{where}"):
            text = repr(row)
            found = [each for each in gone if each in text and (is_of_sites or each not in elsewhere)]
            assert not found, f"{table} still has {found}"


def _still_said(model: Moves) -> set[str]:
    return {text for each in model.customers if each.clearing != CLEARED for text in each.canaries}


@cache
def _tables_of_sites() -> set[str]:
    models = apps.get_app_config("billing_customers").get_models()
    # A job that belongs to no site is looked through as well.
    return {each._meta.db_table for each in models if _has_site(each) and not each._meta.get_field("site").null}


@cache
def _strangers() -> str:
    """Where a foreign key leads from a row with a site to a row with another."""
    found = []
    for model in apps.get_app_config("billing_customers").get_models():
        for field in model._meta.concrete_fields:
            other = field.related_model
            if not isinstance(field, models.ForeignKey) or other is None or other is BillingSite:
                continue
            if _has_site(model) and _has_site(other):
                found.append(
                    f"SELECT '{model.__name__}.{field.name}' FROM {model._meta.db_table} one"
                    f" JOIN {other._meta.db_table} other ON one.{field.column} = other.id"
                    " WHERE one.site_id <> other.site_id"
                )
    assert found
    return " UNION ".join(found)


def _has_site(model: type[models.Model]) -> bool:
    return any(field.name == "site" for field in model._meta.concrete_fields)
