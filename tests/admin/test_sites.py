from __future__ import annotations

import pytest
from django.test import Client

from billing_customers.models import BillingSite
from tests.admin.forms import ADMIN, complaints, filled_in

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
