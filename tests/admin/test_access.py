"""Who may do what: every page and action of the admin, for each kind of visitor; a refusal writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site as admin_site
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.test import Client

from billing_customers.choices import SubscriptionStatus
from billing_customers.models import ApiKey, Customer, CustomerMerge, Delivery, LedgerEntry
from billing_customers.operations.api_keys import create_api_key
from billing_customers.operations.documents import create_subscription
from billing_customers.operations.payments import record_excess_payment
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN
from tests.admin.outbox import change, make_endpoint, make_job
from tests.fixtures import NOW
from tests.operations import acts, merges
from tests.operations.collecting import an_invoice
from tests.operations.paying import attach

VISITORS: dict[str, tuple[str, ...] | None] = {
    "anonymous": None,
    "nobody": (),
    "view": ("view",),
    "add": ("view", "add"),
    "change": ("view", "change"),
    "delete": ("view", "delete"),
    # May change endpoints too, which is what resending asks for.
    "operator": ("view", "change_webhookendpoint"),
}
# Pages that are no list, form or history: the tests of deeds have them.
OWN_PAGES = {
    "customer": {
        "credit",
        "collect",
        "primary",
        "detach",
        "link",
        "unlink",
        "access",
        "merge",
        "mergeinto",
        "undomerge",
    }
}
ALL = set(VISITORS) | {"superuser"}
STAFF_WITH_SIGHT = {"view", "add", "change", "delete", "operator", "superuser"}

# (page, method, what is posted) -> the visitors who get an answer other than a refusal.
CUSTOMER: dict[tuple[str, str, str], set[str]] = {
    ("", "GET", ""): STAFF_WITH_SIGHT,
    ("add/", "GET", ""): {"add", "superuser"},
    ("add/", "POST", ""): {"add", "superuser"},
    ("{pk}/change/", "GET", ""): STAFF_WITH_SIGHT,
    ("{pk}/change/", "POST", ""): {"change", "superuser"},
    ("{pk}/history/", "GET", ""): STAFF_WITH_SIGHT,
    ("{pk}/delete/", "GET", ""): set(),
    ("{pk}/delete/", "POST", ""): set(),
    ("", "POST", "delete_customers"): {"delete", "superuser"},
    # Has a permission of its own.
    ("", "POST", "clear_personal_data"): {"superuser"},
    ("", "POST", "delete_selected"): set(),
}
API_KEY = {
    **CUSTOMER,
    ("{pk}/change/", "POST", ""): set(),
    ("", "POST", "revoke"): {"change", "superuser"},
    ("", "POST", "roll"): {"change", "superuser"},
}
SITE = {**CUSTOMER}
for action in ("delete_customers", "clear_personal_data"):
    API_KEY.pop(("", "POST", action))
    SITE.pop(("", "POST", action))
ENDPOINT = {
    **SITE,
    ("{pk}/change/", "POST", ""): {"change", "operator", "superuser"},
    **{
        ("", "POST", action): {"change", "operator", "superuser"}
        for action in ("ping", "enable", "disable", "rotate", "resend_range")
    },
    ("", "POST", "delete_endpoints"): {"delete", "superuser"},
}
READ_ONLY = {
    **SITE,
    **{request: set() for request in [("add/", "GET", ""), ("add/", "POST", ""), ("{pk}/change/", "POST", "")]},
}
EVENT = DELIVERY = {**READ_ONLY, ("", "POST", "resend"): {"operator", "superuser"}}
JOB = {**READ_ONLY, **{("", "POST", action): {"change", "superuser"} for action in ("retry", "cancel")}}
TABLES = {
    "customer": CUSTOMER,
    "apikey": API_KEY,
    "billingsite": SITE,
    "webhookendpoint": ENDPOINT,
    "event": EVENT,
    "delivery": DELIVERY,
    "job": JOB,
    **{
        name: dict(READ_ONLY)
        for name in ("paymentsource", "transaction", "invoice", "subscription", "ledgerentry", "gatewayaccount")
    },
    "customermerge": dict(READ_ONLY),
}


@dataclass(frozen=True)
class Case:
    """A visitor's request, and whether it is to be granted."""

    model: str
    page: str
    method: str
    action: str
    visitor: str
    is_welcome: bool

    def __str__(self) -> str:
        return f"{self.visitor}-{self.method}-{self.model}/{self.page}-{self.action}"


CASES = [
    Case(name, *request, visitor, visitor in welcome)
    for name, pages in TABLES.items()
    for request, welcome in pages.items()
    for visitor in sorted(ALL)
]


def everything() -> dict[str, list[Any]]:
    """Every row of the package, and the admin's log."""
    models: list[Any] = [*apps.get_app_config("billing_customers").get_models(), LogEntry]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


@pytest.fixture
def objects(dana: Customer) -> dict[str, int]:
    key = create_api_key(site=dana.site, at=NOW)[0]
    endpoint = make_endpoint(dana.site)
    event = change(dana)
    return {
        "customer": dana.pk,
        "apikey": key.pk,
        "billingsite": dana.site.pk,
        "webhookendpoint": endpoint.pk,
        "event": event.pk,
        "delivery": Delivery.objects.order_by("pk")[0].pk,
        "job": make_job(dana.site).pk,
        "customermerge": a_merge(dana).pk,
        **money_of(dana),
    }


def a_merge(customer: Customer) -> CustomerMerge:
    """One that is scheduled, into another customer of the site."""
    acts.create(customer.site, "other")
    return merges.ask(customer.site, customer.public_id, "other")


def money_of(customer: Customer) -> dict[str, int]:
    """A row of each kind of money, by the name of its model: their primary keys."""
    site, whose = customer.site, customer.public_id
    source = attach(site, whose)
    _, payment = record_excess_payment(
        site=site, customer_public_id=whose, amount=100, date=NOW, payment_method="cash", at=NOW
    )
    rows = [
        source,
        source.gateway_account,
        payment,
        LedgerEntry.objects.get(customer=customer),
        an_invoice(site, customer=whose),
        create_subscription(site=site, customer_public_id=whose, status=SubscriptionStatus.CANCELED, at=NOW),
    ]
    return {str(row._meta.model_name): row.pk for row in rows}


def visit(visitor: str, name: str, staff: StaffClient) -> Client:
    if visitor == "superuser":
        client = Client()
        client.force_login(get_user_model().objects.create_superuser(username="root"))
        return client
    actions = VISITORS[visitor]
    if actions is None:
        return Client()
    return staff(*(action if "_" in action else f"{action}_{name}" for action in actions))


def request(case: Case, client: Client, pk: int) -> Any:
    path = f"{ADMIN}/{case.model}/{case.page.format(pk=pk)}"
    if case.method == "GET":
        return client.get(path)
    if not case.action:
        # Incomplete, so that those who are welcome write nothing either.
        return client.post(path, {"post": "yes"})
    ticked = {"action": case.action, "_selected_action": pk, "confirmed": "x", "overlap_hours": "1", "typed_id": "dana"}
    return client.post(path, {**ticked, "since": "2025-01-01T00:00"})


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_welcome], ids=str)
def test_visitor_is_refused_and_nothing_is_written(case: Case, staff: StaffClient, objects: dict[str, int]) -> None:
    client = visit(case.visitor, case.model, staff)
    before = everything()

    answer = request(case, client, objects[case.model])

    # An action that is not on offer is answered with the list; every other refusal is one.
    refusals = {200, 302, 403} if case.action else {302} if case.visitor == "anonymous" else {403}
    assert answer.status_code in refusals
    assert answer.status_code != 200 or "cl" in answer.context
    assert everything() == before


@pytest.mark.parametrize("case", [case for case in CASES if case.is_welcome and not case.action], ids=str)
def test_visitor_is_welcome(case: Case, staff: StaffClient, objects: dict[str, int]) -> None:
    client = visit(case.visitor, case.model, staff)

    assert request(case, client, objects[case.model]).status_code == 200


@pytest.mark.parametrize("case", [case for case in CASES if case.is_welcome and case.action], ids=str)
def test_action_is_carried_out(case: Case, staff: StaffClient, objects: dict[str, int]) -> None:
    client = visit(case.visitor, case.model, staff)
    before = everything()

    answer = request(case, client, objects[case.model])

    assert answer.status_code in {200, 302}
    assert everything() != before


def test_matrix_knows_every_page_and_action(staff: StaffClient) -> None:
    known = {"changelist", "add", "history", "delete", "change"}
    for name, cases in TABLES.items():
        model_admin = admin_site.get_model_admin(apps.get_model("billing_customers", name))
        names = {str(url.name).rpartition("_")[2] for url in model_admin.get_urls() if getattr(url, "name", None)}
        assert names == known | OWN_PAGES.get(name, set())
        assert {action for _, _, action in cases if action} == {*(model_admin.actions or ()), "delete_selected"}


def test_permission_for_one_object_is_asked_for_each_of_them(
    monkeypatch: pytest.MonkeyPatch, root: Client, dana: Customer
) -> None:
    model_admin = admin_site.get_model_admin(Customer)
    monkeypatch.setattr(type(model_admin), "has_tombstone_permission", lambda self, request, obj=None: obj is None)
    root.raise_request_exception = False

    answer = root.post(
        f"{ADMIN}/customer/", {"action": "delete_customers", "_selected_action": dana.pk, "confirmed": "x"}
    )

    assert answer.status_code == 403
    assert Customer.objects.live().count() == 1


def test_permission_for_one_key_is_asked_for_each_of_them(
    monkeypatch: pytest.MonkeyPatch, root: Client, objects: dict[str, int]
) -> None:
    model_admin = admin_site.get_model_admin(ApiKey)
    monkeypatch.setattr(type(model_admin), "has_manage_permission", lambda self, request, obj=None: obj is None)
    posted = {"_selected_action": objects["apikey"], "confirmed": "x", "overlap_hours": "1"}

    answers = [root.post(f"{ADMIN}/apikey/", {**posted, "action": action}) for action in ("revoke", "roll")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert ApiKey.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("name", "permission", "action"),
    [
        *(("webhookendpoint", "manage", each) for each in ("ping", "enable", "disable", "rotate", "resend_range")),
        ("webhookendpoint", "removal", "delete_endpoints"),
        ("event", "resend", "resend"),
        ("delivery", "resend", "resend"),
        ("job", "manage", "retry"),
        ("job", "manage", "cancel"),
    ],
)
def test_permission_for_one_row_is_asked_for_each_of_them(
    name: str,
    permission: str,
    action: str,
    monkeypatch: pytest.MonkeyPatch,
    root: Client,
    objects: dict[str, int],
) -> None:
    model_admin = admin_site.get_model_admin(apps.get_model("billing_customers", name))
    refuse = lambda self, request, obj=None: obj is None  # noqa: E731
    monkeypatch.setattr(type(model_admin), f"has_{permission}_permission", refuse)
    root.raise_request_exception = False
    before = everything()

    answer = request(Case(name, "", "POST", action, "superuser", False), root, objects[name])

    assert answer.status_code == 403
    assert everything() == before


@pytest.mark.parametrize(
    ("name", "permission", "actions"),
    [
        ("customer", "delete_customer", ["delete_customers"]),
        ("customer", "erase_customer", ["clear_personal_data"]),
        ("apikey", "change_apikey", ["roll", "revoke"]),
        ("webhookendpoint", "delete_webhookendpoint", ["delete_endpoints"]),
        ("webhookendpoint", "change_webhookendpoint", ["ping", "enable", "disable", "rotate", "resend_range"]),
        ("event", "change_webhookendpoint", ["resend"]),
        ("delivery", "change_webhookendpoint", ["resend"]),
        ("job", "change_job", ["retry", "cancel"]),
    ],
)
def test_actions_are_offered_to_those_who_may_run_them(
    name: str, permission: str, actions: list[str], staff: StaffClient, objects: dict[str, int]
) -> None:
    viewer, manager = staff(f"view_{name}"), staff(f"view_{name}", permission)

    offered = [client.get(f"{ADMIN}/{name}/").context["action_form"] for client in (viewer, manager)]

    assert offered[0] is None
    assert [value for value, _ in offered[1].fields["action"].choices if value] == actions


def test_buttons_are_offered_to_those_who_may_press_them(staff: StaffClient, objects: dict[str, int]) -> None:
    page = f"{ADMIN}/customer/{objects['customer']}/change/"

    viewer, deleter = staff("view_customer"), staff("view_customer", "delete_customer")

    assert b"delete_customers" not in viewer.get(page).content
    assert b"delete_customers" in deleter.get(page).content


def test_view_only_staff_sees_contacts_without_inputs(staff: StaffClient, dana: Customer) -> None:
    html = staff("view_customer").get(f"{ADMIN}/customer/{dana.pk}/change/").content.decode()

    assert "contacts-group" in html
    assert 'name="contacts-0-email"' not in html
    assert 'name="email"' not in html


def test_view_only_staff_cannot_smuggle_a_contact_in(staff: StaffClient, dana: Customer) -> None:
    posted = {"contacts-TOTAL_FORMS": 1, "contacts-INITIAL_FORMS": 0, "contacts-0-email": "x@example.com"}

    answer = staff("view_customer").post(f"{ADMIN}/customer/{dana.pk}/change/", posted)

    dana.refresh_from_db()
    assert (answer.status_code, dana.contact_count) == (403, 0)


def test_actions_need_the_csrf_token(dana: Customer) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_superuser(username="root"))

    answer = client.post(
        f"{ADMIN}/customer/", {"action": "delete_customers", "_selected_action": dana.pk, "confirmed": "x"}
    )

    assert answer.status_code == 403
    assert Customer.objects.live().count() == 1


def test_confirmation_is_not_answered_by_a_link(root: Client, dana: Customer) -> None:
    asked = {"action": "delete_customers", "_selected_action": dana.pk, "confirmed": "x"}

    answer = root.get(f"{ADMIN}/customer/", asked)

    assert answer.status_code == 400
    assert Customer.objects.live().count() == 1
