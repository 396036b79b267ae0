from __future__ import annotations

import re

import pytest
from django.test import Client

from billing_customers.admin.access_fields import ACCESS_FIELDS
from billing_customers.models import BillingSite, MoveAllowance
from billing_customers.models.access import child_defaults, parent_defaults
from billing_customers.operations.access import ACCESS_RULES
from billing_customers.operations.sites import update_site
from tests.admin.conftest import StaffClient
from tests.admin.forms import ADMIN, complaints, filled_in
from tests.operations import moving

ADD = f"{ADMIN}/billingsite/add/"


def test_site_is_added_with_the_project_of_its_slug(root: Client) -> None:
    root.post(ADD, filled_in(root, ADD, "billingsite_form", slug="acme-test", default_currency="ils"))

    site = BillingSite.objects.get()
    assert (site.slug, site.project, site.livemode, site.default_currency) == ("acme-test", "acme", False, "ILS")


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "Acme"), ("slug", "acme-test"), ("project", "acme"), ("default_currency", "ZZZ"), ("phone_region", "XX")],
)
def test_wrong_value_is_told_beside_its_field(field: str, value: str, root: Client, site: BillingSite) -> None:
    typed = {"slug": "new", field: value}

    answer = root.post(ADD, filled_in(root, ADD, "billingsite_form", **typed))

    assert list(answer.context["adminform"].form.errors) == [field]
    assert len(complaints(answer)) == 1
    assert BillingSite.objects.count() == 1


def test_settings_are_changed_and_the_identity_stays(root: Client, site: BillingSite) -> None:
    page = f"{ADMIN}/billingsite/{site.pk}/change/"
    typed = filled_in(root, page, "billingsite_form", phone_region="us", forbids_duplicate_emails="on")

    root.post(page, {**typed, "slug": "other", "project": "other", "livemode": "on"})

    site.refresh_from_db()
    assert (site.phone_region, site.forbids_duplicate_emails) == ("US", True)
    assert (site.slug, site.project, site.livemode) == ("acme-test", "acme", False)


def access(site: BillingSite) -> dict[str, dict[str, object]]:
    site.refresh_from_db()
    return {"parent_account_access": site.parent_account_access, "child_account_access": site.child_account_access}


def test_access_settings_are_those_of_the_operation() -> None:
    fields = [(field.side, field.setting) for field in ACCESS_FIELDS.values()]

    assert sorted(fields) == sorted((side, name) for side, rules in ACCESS_RULES.items() for name in rules)


@pytest.mark.parametrize("name", ACCESS_FIELDS)
def test_each_value_of_an_access_setting_can_be_chosen(name: str, root: Client, site: BillingSite) -> None:
    page = f"{ADMIN}/billingsite/{site.pk}/change/"
    field = ACCESS_FIELDS[name]
    values = [value for value, _ in field.offered]
    rest = access(site)
    rest[field.side].pop(field.setting)
    stored = []

    for value in values:
        root.post(page, filled_in(root, page, "billingsite_form", **{name: value}))
        after = access(site)
        stored.append(after[field.side].pop(field.setting))
        assert after == rest

    assert [str(value) for value in stored] == values
    assert [ACCESS_RULES[field.side][field.setting](value) for value in stored] == stored


def test_form_shows_what_the_site_has_and_keeps_it(root: Client, site: BillingSite) -> None:
    update_site(site=site, parent_account_access={"send_subscription_emails": True})
    page = f"{ADMIN}/billingsite/{site.pk}/change/"
    before = access(site)

    typed = filled_in(root, page, "billingsite_form")
    root.post(page, typed)

    assert (typed["parent_subscription_mails"], typed["parent_subscriptions"]) == ("True", "view_only")
    assert access(site) == before


def test_new_site_has_the_access_settings_that_are_chosen(root: Client, db: None) -> None:
    root.post(ADD, filled_in(root, ADD, "billingsite_form", slug="acme-test", child_invoices="no"))

    assert access(BillingSite.objects.get()) == {
        "parent_account_access": parent_defaults(),
        "child_account_access": {**child_defaults(), "portal_download_invoices": "no"},
    }


@pytest.mark.parametrize(
    ("field", "value"), [("child_subscriptions", "no"), ("parent_invoices", "x"), ("parent_invoice_mails", "")]
)
def test_value_that_is_not_offered_changes_nothing(field: str, value: str, root: Client, site: BillingSite) -> None:
    page = f"{ADMIN}/billingsite/{site.pk}/change/"
    before = access(site)

    answer = root.post(page, filled_in(root, page, "billingsite_form", **{field: value}))

    assert list(answer.context["adminform"].form.errors) == [field]
    assert access(site) == before


def test_view_only_staff_reads_the_access_settings(staff: StaffClient, site: BillingSite) -> None:
    client = staff("view_billingsite")
    answer = client.get(f"{ADMIN}/billingsite/{site.pk}/change/", headers={"accept-language": "en"})
    html = answer.content.decode()

    shown = html.partition("Access of children")[2]
    texts = [" ".join(text.split()) for text in re.findall(r'<div class="readonly">(.*?)</div>', shown, re.DOTALL)]
    assert texts[:5] == ["view and change", "view", "yes", "yes", "yes"]
    assert "<select" not in html


def test_page_tells_where_customers_may_come_from_and_go_to(
    root: Client, site: BillingSite, other_site: BillingSite
) -> None:
    moving.allow(site, other_site)

    pages = [root.get(f"{ADMIN}/billingsite/{each.pk}/change/").content.decode() for each in (site, other_site)]

    cells = [
        re.findall(r'field-moved_(\w+)_cell.*?<div class="readonly">(.*?)</div>', page, re.DOTALL) for page in pages
    ]
    slug = '<bdi dir="ltr">{}</bdi>'
    assert cells == [
        [("from", slug.format("globex-test")), ("to", "-")],
        [("from", "-"), ("to", slug.format("acme-test"))],
    ]


def test_page_that_adds_a_site_says_nothing_of_moves(root: Client) -> None:
    assert "moved_from" not in root.get(ADD).content.decode()


def test_allowance_is_not_changed_by_the_form(root: Client, site: BillingSite, other_site: BillingSite) -> None:
    page = f"{ADMIN}/billingsite/{site.pk}/change/"

    root.post(page, {**filled_in(root, page, "billingsite_form"), "moved_from_cell": other_site.slug})

    assert not MoveAllowance.objects.exists()
