"""Every column of the models, sent by its name: whoever adds a column finds it here without a line of test."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import models

from billing_customers.models import BillingSite, Contact, Customer
from billing_customers.operations.contacts import add_contact
from billing_customers.operations.customers import create_customer
from tests.dialects.clock import START
from tests.dialects.wire import CHARGEBEE, CHING, FORM, JSON, Wire

pytestmark = pytest.mark.usefixtures("clock")

# What a caller may set, by the name that it has on the wire: that name is then also a column's.
WRITABLE = {
    "ching": {"name", "email", "phone", "locale", "metadata", "taxId"},
    "chargebee": {
        "allow_direct_debit",
        "auto_close_invoices",
        "auto_collection",
        "business_customer_without_vat_number",
        "company",
        "consolidated_invoicing",
        "created_from_ip",
        "customer_type",
        "email",
        "entity_code",
        "exempt_number",
        "exemption_details",
        "first_name",
        "id",
        "invoice_notes",
        "last_name",
        "locale",
        "net_term_days",
        "offline_payment_method",
        "phone",
        "preferred_currency_code",
        "registered_for_gst",
        "taxability",
        "taxjar_exemption_category",
    },
}
# Parameters of create alone, and of update alone.
CREATE_ONLY = {"id", "created_from_ip", "business_customer_without_vat_number", "registered_for_gst"}
UPDATE_ONLY = {"fraud_flag"}
CONTACT_WRITABLE = {
    "id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "label",
    "enabled",
    "send_billing_email",
    "send_account_email",
}


def names_of(model: type[models.Model]) -> dict[str, Any]:
    """The names by which each column and relation might be bound, with a value that it would take."""
    names: dict[str, Any] = {}
    for field in model._meta.get_fields():
        column = field.attname if isinstance(field, models.Field) else field.name
        names |= dict.fromkeys((field.name, column, _camel(field.name)), _plausible(field))
    return names


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _plausible(field: Any) -> Any:
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.DateTimeField):
        return "2001-02-03T04:05:06Z"
    if isinstance(field, models.JSONField):
        return {"cf_planted": "planted"}
    if isinstance(field, models.CharField | models.TextField):
        return str(field.choices[-1][0]) if isinstance(field.choices, list | tuple) else "XX"
    return 1


NAMES = names_of(Customer)
BILLING_DATES = {name for name in NAMES if name.startswith("billing_")}


def unwritable(wire: Wire, *, is_new: bool) -> list[str]:
    writable = WRITABLE[wire.name] if is_new else (WRITABLE[wire.name] - CREATE_ONLY) | UPDATE_ONLY
    return [name for name in NAMES if name not in writable]


def row(public_id: str) -> dict[str, Any]:
    return dict(Customer.objects.values().get(public_id=public_id))


def comparable(public_id: str) -> dict[str, Any]:
    return {name: value for name, value in row(public_id).items() if name not in {"id", "public_id"}}


def made(response: Any) -> str:
    data = response.json().get("data") or response.json().get("customer")
    return str(data["id"])


def send(wire: Wire, key: str, path: str, body: dict[str, Any], content_type: str = JSON) -> Any:
    raw = json.dumps(body) if content_type == JSON else urlencode(body)
    return wire.client(key).post(wire.prefix + path, raw, content_type=content_type)


def test_the_names_are_those_of_the_models() -> None:
    assert {"site", "site_id", "resource_version", "pii_cleared", "deleted_at", "isLive", "address_zip"} <= set(NAMES)
    assert len(NAMES) > 100


def test_create_binds_no_column_that_is_no_parameter(key: str, other_site: BillingSite, wire: Wire) -> None:
    plain = {"name": "Tal"} if wire is CHING else {"first_name": "Tal"}
    control = comparable(made(send(wire, key, "/customers", plain)))

    answers = {
        name: send(wire, key, "/customers", {name: NAMES[name], **plain}) for name in unwritable(wire, is_new=True)
    }

    assert [name for name, answer in answers.items() if answer.status_code != 200] == []
    assert [name for name, answer in answers.items() if comparable(made(answer)) != control] == []


def test_update_binds_no_column_that_is_no_parameter(key: str, site: BillingSite, wire: Wire) -> None:
    create_customer(site=site, public_id="c1", attributes={"name": "Tal", "first_name": "Tal"}, at=START)
    before = row("c1")

    bound = [
        name
        for name in unwritable(wire, is_new=False)
        if send(wire, key, "/customers/c1", {name: NAMES[name]}).status_code != 200 or row("c1") != before
    ]

    assert bound == []


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("", set(unwritable(CHARGEBEE, is_new=False))),
        ("/update_billing_info", set(NAMES) - {"registered_for_gst", "business_customer_without_vat_number"}),
        ("/change_billing_date", set(NAMES) - BILLING_DATES),
    ],
)
def test_no_form_binds_such_a_column_either(key: str, site: BillingSite, path: str, names: set[str]) -> None:
    create_customer(site=site, public_id="c1", attributes={"first_name": "Tal"}, at=START)
    before = row("c1")

    bound = []
    for name in sorted(names):
        value = str(NAMES[name])
        params = {name: value, f"{name}[id]": value, f"customer[{name}]": value, f"billing_address[{name}_x]": value}
        if send(CHARGEBEE, key, f"/customers/c1{path}", params, FORM).status_code != 200 or row("c1") != before:
            bound.append(name)

    assert bound == []


def test_a_contact_binds_no_column_that_is_no_parameter(key: str, site: BillingSite, other_site: BillingSite) -> None:
    for public_id in ("c1", "c2"):
        create_customer(site=site, public_id=public_id, attributes={}, at=START)
    add_contact(site=site, public_id="c1", attributes={"id": "jane", "email": "j@x.co"}, at=START)
    before = list(Contact.objects.values())
    others = {Customer.objects.get(public_id="c2").pk, other_site.pk}

    for name in names_of(Contact).keys() - CONTACT_WRITABLE:
        for value in others:
            params = {"contact[id]": "jane", f"contact[{name}]": value, f"contact[{name}][id]": value}
            send(CHARGEBEE, key, "/customers/c1/update_contact", params, FORM)

    assert list(Contact.objects.values()) == before


def test_the_test_sees_what_is_bound(key: str, site: BillingSite, wire: Wire) -> None:
    create_customer(site=site, public_id="c1", attributes={"name": "Tal"}, at=START)
    before = row("c1")

    send(wire, key, "/customers/c1", {"email": "new@x.co"})

    assert row("c1") != before
