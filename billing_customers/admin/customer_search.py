"""The search box above the customers: one text, compared with everything that tells a customer, by index each time."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from billing_customers.matching import email_key, tax_id_key
from billing_customers.models import BillingSite, Customer, CustomerAlias
from billing_customers.phones import search_key
from billing_customers.queries.customers import customers_with_metadata

MAX_TERM = 250
MAX_MATCHES = 200
# Metadata is looked up site by site.
MAX_METADATA_SITES = 5

_NAME_COLUMNS = ("name", "first_name", "last_name", "company")
_INT64 = 2**63


def matching_customers(customers: QuerySet[Customer], term: str, sites: Sequence[BillingSite]) -> QuerySet[Customer]:
    """Those of ``customers`` that ``term`` tells, tombstones too; at most ``MAX_MATCHES`` for each way of telling.

    Each way is a query of its own, because one OR over ten columns has no index on any database.
    """
    if not term or len(term) > MAX_TERM or "\0" in term:
        return customers.none()
    found: set[int] = set()
    for matches in (*_by_columns(term, sites), *_by_metadata(term, sites)):
        found.update(matches.order_by().values_list("pk", flat=True)[:MAX_MATCHES])
    former = CustomerAlias.objects.filter(site__in=sites, public_id=term)
    found.update(former.values_list("customer_id", flat=True)[:MAX_MATCHES])
    return customers.filter(pk__in=found)


def needs_a_site(term: str, sites: Sequence[BillingSite]) -> bool:
    """Whether ``term`` asks for metadata in more sites than are looked through."""
    return _metadata_pair(term) is not None and len(sites) > MAX_METADATA_SITES


def _by_columns(term: str, sites: Sequence[BillingSite]) -> Iterator[QuerySet[Customer]]:
    # Every index begins with the site, so the sites are named even when it is all of them.
    customers = Customer.objects.filter(site__in=[site.pk for site in sites])
    yield customers.filter(public_id__prefix=term)
    yield customers.filter(email_key__prefix=email_key(term))
    yield from (customers.filter(_begins(column, term)) for column in _NAME_COLUMNS)
    first, _, last = term.partition(" ")
    if last:
        yield customers.filter(_begins("first_name", first), _begins("last_name", last.strip()))
    yield customers.filter(phone=term)
    for region in {site.phone_region for site in sites}:
        if key := search_key(term, region):
            of_region = [site.pk for site in sites if site.phone_region == region]
            yield customers.filter(site__in=of_region, phone_e164=key)
    if tax_id := tax_id_key(term):
        yield customers.filter(tax_id_key=tax_id)


def _begins(column: str, term: str) -> Q:
    """``column`` begins with ``term`` as typed or in a usual spelling; a comparison without case has no index."""
    condition = Q()
    for spelling in {term, term.lower(), term.upper(), term.title(), term.capitalize()}:
        condition |= Q(**{f"{column}__prefix": spelling})
    return condition


def _by_metadata(term: str, sites: Sequence[BillingSite]) -> Iterator[QuerySet[Customer]]:
    pair = _metadata_pair(term)
    if pair is None or needs_a_site(term, sites):
        return
    key, text = pair
    for site in sites:
        for value in _readings(text):
            yield customers_with_metadata(site, {key: value})


def _metadata_pair(term: str) -> tuple[str, str] | None:
    key, separator, text = (part.strip() for part in term.partition("="))
    return (key, text) if separator and key and text else None


def _readings(text: str) -> list[Any]:
    """``seats=5`` may mean the text or the number."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    is_storable = isinstance(value, bool) or (
        isinstance(value, int | float) and math.isfinite(value) and -_INT64 <= value < _INT64
    )
    return [text, value] if is_storable else [text]
