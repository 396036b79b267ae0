"""The search box above the events: the id of an event or of a customer, whole, each by its index."""

from __future__ import annotations

from django.db.models import QuerySet

from billing_customers.models import BillingSite, Customer, CustomerAlias, Event

MAX_TERM = 50
MAX_EVENTS = 500
MAX_CUSTOMERS = 100


def matching_events(events: QuerySet[Event], term: str) -> QuerySet[Event]:
    """Those of ``events`` that have the id ``term``, or are about a customer who has it or had it."""
    if not term or len(term) > MAX_TERM or "\0" in term:
        return events.none()
    # Every index begins with the site, so the sites are named even though it is all of them.
    sites = list(BillingSite.objects.values_list("pk", flat=True))
    found = set(Event.objects.filter(site__in=sites, public_id=term).values_list("pk", flat=True))
    customers = _customers(sites, term)
    if customers:
        # Not by the primary key: its index would be walked to its end to find the few of a customer.
        theirs = Event.objects.filter(site__in=sites, customer__in=customers).order_by("-sequence")
        found.update(theirs.values_list("pk", flat=True)[:MAX_EVENTS])
    return events.filter(pk__in=found)


def _customers(sites: list[int], term: str) -> set[int]:
    live_or_not = Customer.objects.filter(site__in=sites, public_id=term).values_list("pk", flat=True)
    former = CustomerAlias.objects.filter(site__in=sites, public_id=term).values_list("customer_id", flat=True)
    return {*live_or_not[:MAX_CUSTOMERS], *former[:MAX_CUSTOMERS]}
