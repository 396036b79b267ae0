"""A customer who has said something of itself wherever that is possible, and a search for it in everything there is."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from billing_customers.actors import Actor
from billing_customers.events.transport import Reply
from billing_customers.models import (
    BillingSite,
    Contact,
    Customer,
    CustomerMerge,
    Job,
    LedgerEntry,
    ResourceMigration,
    Transaction,
)
from billing_customers.operations.credits import add_promotional_credits
from billing_customers.operations.documents import create_invoice, create_unbilled_charge
from billing_customers.operations.owned_rows import OWNERS, model_of, rows_of
from billing_customers.personal import PERSONAL, Kept, blanks
from tests.admin.forms import ADMIN, contact_row, filled_in
from tests.clients import ChargebeeClient, ChingClient
from tests.events.sending import Clock, Receiver, courier_of, drain, make_endpoint
from tests.factories import CustomerFactory

# In the middle of every canary, so that one search finds any of them.
MARK = "zq7kanarie"
GOOD, DECLINED, REFUSED = "4012888888881881", "4000000000000341", "4000000000000002"
_EXPIRY = {"card[expiry_month]": "10", "card[expiry_year]": "2040"}
_numbers = itertools.count(1)


def canary(name: str) -> str:
    return f"{name}-{MARK}-{next(_numbers)}"


def address(prefix: str) -> dict[str, str]:
    parts = ("first_name", "last_name", "company", "line1", "line2", "line3", "city", "state")
    said = {f"{prefix}[{part}]": canary(part) for part in parts}
    return {**said, f"{prefix}[email]": f"{canary('a')}@example.com", f"{prefix}[zip]": f"z-{MARK}-1"}


def card(number: str = GOOD) -> dict[str, str]:
    names = {f"card[{part}]": canary(part) for part in ("first_name", "last_name", "billing_city", "billing_addr1")}
    return {"card[number]": number, **_EXPIRY, **names}


def a_talkative_customer(site: BillingSite, chargebee: ChargebeeClient, ching: ChingClient, root: Client) -> Customer:
    """The customer ``acme`` after a life in which every API was told something of it."""
    make_endpoint(site)
    make_endpoint(site, dialect="chargebee")
    _create(chargebee)
    _fail(chargebee)
    _tell_ching(ching)
    _pay(site, chargebee)
    clock = Clock(timezone.now() + timedelta(seconds=1))
    drain(courier_of(Receiver(clock, lambda body: Reply(200, "", "", 1, f"Thank you, {canary('echo')}", None))))
    _edit(root, site)
    customer = Customer.objects.get(site=site, public_id="acme")
    _merge_somebody(site, customer)
    _move_to(site, customer)
    fill_columns(site, customer)
    _leave_traces(site, customer)
    return customer


def _ok(response: Any) -> Any:
    assert response.status_code in {200, 302}, response.content
    return response


def _create(cb: ChargebeeClient) -> None:
    said = {
        **{name: canary(name) for name in ("first_name", "last_name", "company", "invoice_notes", "cf_nickname")},
        "email": f"{canary('mail')}@example.com",
        "phone": f"+97254{MARK}",
        "vat_number": f"V{MARK}1",
        "meta_data": f'{{"likes": "{canary("likes")}", "list": [{{"deep": "{canary("deep")}"}}]}}',
        "created_from_ip": "203.0.113.77",
        "exempt_number": canary("exempt"),
    }
    key = f"key-{said['email']}"
    _ok(cb.post("/customers", {"id": "acme", **said, **address("billing_address"), **card()}, **_key(key)))
    for change in ({"first_name": canary("renamed")}, {"email": f"{canary('newmail')}@example.com"}):
        _ok(cb.post("/customers/acme", change, **_key(canary("key"))))
    _ok(cb.post("/customers/acme/update_billing_info", {**address("billing_address"), "vat_number": f"W{MARK}"}))
    contact = {f"contact[{part}]": canary(part) for part in ("first_name", "last_name", "label")}
    _ok(
        cb.post(
            "/customers/acme/add_contact",
            {"contact[email]": f"{canary('c')}@example.com", "contact[phone]": f"+97252{MARK}", **contact},
        )
    )


def _fail(cb: ChargebeeClient) -> None:
    """Requests that are refused, and stored as such."""
    assert cb.post("/customers", {"id": "acme", "first_name": canary("taken")}, **_key("again")).status_code == 400
    assert cb.post("/customers/acme", {"email": canary("no address")}, **_key("bad")).status_code == 400
    assert cb.post("/customers/acme/update_payment_method", {}, **_key("none")).status_code == 400
    refused = {"customer_id": "acme", **card(REFUSED)}
    assert cb.post("/payment_sources/create_card", refused, **_key("refused")).status_code == 400


def _tell_ching(ching: ChingClient) -> None:
    said = {"name": canary("name"), "locale": f"x-{MARK}", "metadata": {"note": canary("note")}}
    _ok(ching.post("/customers/acme", said, **{"Idempotency-Key": canary("ching")}))


def _pay(site: BillingSite, cb: ChargebeeClient) -> None:
    now = timezone.now()
    credit = {"amount": "700", "description": canary("credit"), "reference": canary("reference")}
    _ok(cb.post("/customers/acme/add_promotional_credits", credit, **_key("credit")))
    reference = {"payment_method[type]": "card", "payment_method[reference_id]": canary("ref")}
    _ok(cb.post("/customers/acme/update_payment_method", reference))
    for number, invoice in ((GOOD, "inv-1"), (DECLINED, "inv-2")):
        create_invoice(site=site, customer_public_id="acme", total=500, public_id=invoice, at=now)
        said = {"invoice_allocations[invoice_id][0]": invoice, **card(number)}
        answer = cb.post("/customers/acme/collect_payment", said, **_key(invoice))
        assert answer.status_code == (200 if number == GOOD else 400), answer.content
    paid = {"amount": "300", "date": "1600968152", "payment_method": "check", "reference_number": canary("cheque")}
    recorded = {f"transaction[{name}]": value for name, value in paid.items()}
    _ok(cb.post("/customers/acme/record_excess_payment", {**recorded, "comment": canary("comment")}))
    create_unbilled_charge(
        site=site, customer_public_id="acme", amount=100, description=canary("charge"), public_id="u1", at=now
    )


def _edit(root: Client, site: BillingSite) -> None:
    """A member of staff changes it."""
    page = f"{ADMIN}/customer/{Customer.objects.get(site=site, public_id='acme').pk}/change/"
    contact = contact_row(1, email=f"{canary('d')}@example.com", first_name=canary("staff"))
    _ok(root.post(page, filled_in(root, page, company=canary("firm"), **contact)))


def _merge_somebody(site: BillingSite, customer: Customer) -> None:
    other = CustomerFactory(site=site, public_id="other")
    said = {"source": other, "target": customer, "status": "failed", "is_open": None}
    made = timezone.now()
    CustomerMerge(site=site, public_id="merge_1", created_at=made, updated_at=made, **said).save(force_insert=True)


def _move_to(site: BillingSite, customer: Customer) -> None:
    """It was copied here once."""
    said = {"site": site, "from_site": site, "entity_id": customer.public_id, "status": "succeeded"}
    ResourceMigration(created_at=timezone.now(), updated_at=timezone.now(), **said).save(force_insert=True)


def _leave_traces(site: BillingSite, customer: Customer) -> None:
    """What an older version, or a handler of the host's, may have written of it: in jobs, logs and by its own name."""
    email = str(customer.email)
    said = {"kind": "shop.greet", "arguments": {"to": [email]}, "result": {"sent": email}, "error": f"No {email}"}
    made = timezone.now()
    for owner in (customer, None):
        Job(site=site, customer=owner, status="succeeded", created_at=made, **said).save(force_insert=True)
    actor = Actor("api", email)
    more = {"amount": 5, "description": canary("more"), "actor": actor, "at": timezone.now()}
    add_promotional_credits(site=site, customer_public_id="acme", **more)
    _log(Customer, customer.pk, f"{canary('who')}", f"Changed e-mail to {email}.")
    _log(Contact, 0, f"Contact {email}", f"Added contact {email}.")


def _log(model: type[models.Model], pk: int, who: str, message: str) -> None:
    """An entry of the admin's log, as Django writes it for a model that shows itself by a name."""
    LogEntry.objects.create(
        user=get_user_model().objects.get(username="root"),
        content_type=ContentType.objects.get_for_model(model),
        object_id=str(pk),
        object_repr=who,
        action_flag=CHANGE,
        change_message=message,
    )


def fill_columns(site: BillingSite, customer: Customer) -> None:
    """Put something into each personal column of each row, also where no API does today."""
    for name in OWNERS:
        if name == "LedgerEntry":
            # Its triggers let nobody; the API has filled it.
            continue
        columns = {column: _filling(name, column) for column in blanks(name)}
        found = {column: value for column, value in columns.items() if value is not None}
        if found:
            rows_of(name, site, customer).update(**found)


def _filling(name: str, column: str) -> Any:
    field: Any = model_of(name)._meta.get_field(column)
    if isinstance(field, models.JSONField):
        return {"told": [canary(column)]}
    if not isinstance(field, (models.CharField, models.TextField)):
        return None
    if (name, column) == ("PaymentSource", "reference_id"):
        # The gateway is to forget it; the API has filled it.
        return None
    length = field.max_length or 1000
    if length < len(MARK):
        return None
    return canary(column)[:length] if length >= len(MARK) + 20 else MARK


def found_in_tables() -> list[str]:
    """The columns, of all tables there are, in which a canary is."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found |= {f"{table}.{name}" for name, value in zip(names, row, strict=True) if MARK in _text(value)}
    return sorted(found)


def _text(value: Any) -> str:
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).casefold()


def found_in_caches() -> list[str]:
    """The caches in which a canary is, as a key or in what is stored."""
    stored = {alias: vars(caches[alias])["_cache"] for alias in settings.CACHES}
    told = {alias: map(_text, itertools.chain(*found.items())) for alias, found in stored.items()}
    return [alias for alias, texts in told.items() if any(MARK in text for text in texts)]


def personal_columns() -> set[str]:
    """The columns that the registry has emptied, redacted or removed, and that are long enough for a canary."""
    found = set()
    for name, tags in PERSONAL.items():
        for column, tag in tags.items():
            field: Any = model_of(name)._meta.get_field(column)
            is_text = isinstance(field, (models.CharField, models.TextField, models.JSONField))
            if is_text and not isinstance(tag, Kept) and (field.max_length or 1000) >= len(MARK):
                found.add(f"{model_of(name)._meta.db_table}.{field.column}")
    return found


def found_in_files() -> list[str]:
    """SQLite's files in whose bytes a canary is."""
    if connection.vendor != "sqlite":
        return []
    path = str(connection.settings_dict["NAME"])
    files = [Path(path + suffix) for suffix in ("", "-wal", "-journal")]
    return [each.name for each in files if each.exists() and MARK.encode() in each.read_bytes().lower()]


def _key(text: str) -> dict[str, str]:
    return {"chargebee-idempotency-key": text}


def superuser() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser(username="root"))
    return client


def amounts(customer: Customer) -> dict[str, Any]:
    """What must stay: ids, amounts, times."""
    money = ("public_id", "amount", "currency", "date", "created_at", "status")
    entry = ("public_id", "delta", "balance_after", "currency", "created_at")
    return {
        "transactions": list(Transaction.objects.filter(customer=customer).order_by("pk").values(*money)),
        "entries": list(LedgerEntry.objects.filter(customer=customer).order_by("pk").values(*entry)),
    }
