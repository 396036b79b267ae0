"""Sites: slug, project, mode and settings."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.exceptions import DuplicateId, InvalidInput, InvalidState
from billing_customers.models import BillingSite, SiteLock
from billing_customers.models.access import child_defaults, parent_defaults
from billing_customers.operations.sites import create_site, ensure_site, update_site
from tests.fixtures import NOW
from tests.operations import acts
from tests.operations.watching import faults, nothing_changes, refusal

pytestmark = pytest.mark.django_db

SETTINGS: dict[str, Any] = {"default_currency": "EUR", "phone_region": "DE", "forbids_duplicate_emails": True}
BAD_SETTINGS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"default_currency": code}, [("default_currency", "Must be an ISO 4217 currency code, such as USD.")])
    for code in ("usd", "XXX", "", "US")
] + [
    ({"phone_region": code}, [("phone_region", "Must be an ISO 3166 country code of two letters, such as IL.")])
    for code in ("il", "XX", "", "ISR")
]


@pytest.mark.parametrize(
    ("slug", "livemode", "project"),
    [("acme", True, "acme"), ("acme-test", False, "acme"), ("acme", False, "acme"), ("a-test-test", False, "a-test")],
)
def test_project_is_the_slug_less_test(slug: str, livemode: bool, project: str) -> None:
    site = create_site(slug=slug, livemode=livemode, at=NOW)

    assert (site.slug, site.project, site.livemode) == (slug, project, livemode)


def test_project_is_the_slug_when_the_shorter_one_is_taken() -> None:
    create_site(slug="acme", at=NOW)

    site = create_site(slug="acme-test", at=NOW)

    assert site.project == "acme-test"


def test_live_and_test_site_share_a_project() -> None:
    projects = {create_site(slug=slug, livemode=slug == "acme", at=NOW).project for slug in ("acme", "acme-test")}

    assert projects == {"acme"}


def test_site_has_the_defaults() -> None:
    site = create_site(slug="acme", at=NOW)

    row = BillingSite.objects.filter(pk=site.pk).values().get()
    assert row == {
        "id": site.pk,
        "slug": "acme",
        "project": "acme",
        "livemode": False,
        "default_currency": "USD",
        "phone_region": "IL",
        "forbids_duplicate_emails": False,
        "follows_merged_ids": False,
        "parent_account_access": parent_defaults(),
        "child_account_access": child_defaults(),
        "created_at": NOW,
    }


def test_site_has_a_lock_row() -> None:
    site = create_site(slug="acme", at=NOW)

    assert list(SiteLock.objects.values_list("site", flat=True)) == [site.pk]


@pytest.mark.parametrize("slug", ["a", "0", "a" * 50, "a-b_c", "9-"])
def test_slug_is_accepted(slug: str) -> None:
    assert create_site(slug=slug, project="p", at=NOW).slug == slug


@pytest.mark.parametrize(
    "slug", ["", "A", "a" * 51, "-a", "_a", "a b", "a.b", "a/b", "\u05d0", "a\n", "a\0"], ids=ascii
)
def test_other_slug_is_refused(slug: str) -> None:
    with refusal(InvalidInput) as caught:
        create_site(slug=slug, at=NOW)

    assert faults(caught) == [("slug", "Must be 1 to 50 of a-z, 0-9, - and _, and begin with a letter or digit.")]


@pytest.mark.parametrize("project", ["A", "a" * 51, "-a", "a b", "\u05d0"], ids=ascii)
def test_other_project_is_refused(project: str) -> None:
    with refusal(InvalidInput) as caught:
        create_site(slug="acme", project=project, at=NOW)

    sentence = "Must be 1 to 50 of a-z, 0-9, - and _, and begin with a letter or digit."
    assert faults(caught) == [("project", sentence)]


def test_slug_that_is_taken_is_refused(site: BillingSite) -> None:
    with refusal(DuplicateId) as caught:
        create_site(slug="acme-test", livemode=True, at=NOW)

    assert (caught.value.message, caught.value.param) == ("The site acme-test exists already.", "slug")


def test_second_site_of_a_mode_in_one_project_is_refused(site: BillingSite) -> None:
    with refusal(InvalidInput) as caught:
        create_site(slug="other", project="acme", at=NOW)

    assert faults(caught) == [("project", "This project has a site of this mode already.")]


def test_new_site_takes_settings() -> None:
    site = create_site(slug="acme", at=NOW, **SETTINGS)

    site.refresh_from_db()
    assert {name: getattr(site, name) for name in SETTINGS} == SETTINGS


@pytest.mark.parametrize(("settings", "expected"), BAD_SETTINGS, ids=repr)
def test_new_site_with_a_bad_setting_is_refused(settings: Any, expected: Any) -> None:
    with refusal(InvalidInput) as caught:
        create_site(slug="acme", at=NOW, **settings)

    assert faults(caught) == expected


@pytest.mark.parametrize(("settings", "expected"), BAD_SETTINGS, ids=repr)
def test_change_to_a_bad_setting_is_refused(site: BillingSite, settings: Any, expected: Any) -> None:
    with refusal(InvalidInput) as caught:
        update_site(site=site, **settings)

    assert faults(caught) == expected


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_is_changed_alone(site: BillingSite, name: str) -> None:
    before = BillingSite.objects.filter(pk=site.pk).values().get()

    update_site(site=site, **{name: SETTINGS[name]})  # type: ignore[misc]

    assert BillingSite.objects.filter(pk=site.pk).values().get() == {**before, name: SETTINGS[name]}


def test_missing_site_is_made() -> None:
    site, created = ensure_site(slug="acme", livemode=True, at=NOW)

    assert (site.slug, site.livemode, site.created_at, created) == ("acme", True, NOW, True)


def test_present_site_is_found(site: BillingSite) -> None:
    with nothing_changes():
        found, created = ensure_site(slug="acme-test", at=acts.LATER)

    assert (found, created) == (site, False)


@pytest.mark.parametrize(("fixture", "mode"), [("site", "test"), ("live_site", "live")])
def test_mode_of_a_site_cannot_be_changed(request: pytest.FixtureRequest, fixture: str, mode: str) -> None:
    site = request.getfixturevalue(fixture)

    with refusal(InvalidState) as caught:
        ensure_site(slug=site.slug, livemode=not site.livemode, at=NOW)

    assert caught.value.message == (
        f"The site {site.slug} exists as a {mode} site; the mode of a site cannot be changed."
    )
