from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing_customers.models import BillingSite, SiteLock

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("billing_create_site", *arguments, stdout=output)
    return output.getvalue()


def sites() -> list[dict[str, Any]]:
    return list(BillingSite.objects.values("slug", "project", "livemode"))


def test_a_test_site_is_made() -> None:
    assert run("acme-test") == "Made the test site acme-test of the project acme.\n"
    assert sites() == [{"slug": "acme-test", "project": "acme", "livemode": False}]


def test_a_live_site_is_made() -> None:
    assert run("acme", "--live") == "Made the live site acme of the project acme.\n"
    assert sites() == [{"slug": "acme", "project": "acme", "livemode": True}]


def test_both_sites_of_a_project_share_it() -> None:
    run("acme", "--live")
    run("acme-test")

    assert [site["project"] for site in sites()] == ["acme", "acme"]


def test_a_site_has_the_defaults_of_the_contracts() -> None:
    run("acme-test")

    site = BillingSite.objects.get()
    assert (site.default_currency, site.phone_region, site.forbids_duplicate_emails) == ("USD", "IL", False)
    assert SiteLock.objects.filter(site=site).count() == 1


@pytest.mark.parametrize("arguments", [["acme-test"], ["acme", "--live"]])
def test_it_can_be_repeated(arguments: list[str]) -> None:
    run(*arguments)
    before = list(BillingSite.objects.values())

    said = run(*arguments)

    assert said.startswith("There is already the ")
    assert list(BillingSite.objects.values()) == before


@pytest.mark.parametrize(
    ("first", "second", "mode"), [(["acme"], ["acme", "--live"], "test"), (["acme", "--live"], ["acme"], "live")]
)
def test_the_mode_of_a_site_cannot_be_changed(first: list[str], second: list[str], mode: str) -> None:
    run(*first)
    before = list(BillingSite.objects.values())

    with pytest.raises(CommandError) as refusal:
        run(*second)

    assert str(refusal.value) == f"The site acme exists as a {mode} site; the mode of a site cannot be changed."
    assert list(BillingSite.objects.values()) == before


@pytest.mark.parametrize("slug", ["", "ACME", "a b", "a/b", "-acme", "\u05d0", "x" * 51, "acme\n", "acme.test"])
def test_a_slug_that_cannot_be_is_refused(slug: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run("--", slug)

    assert str(refusal.value) == "Must be 1 to 50 of a-z, 0-9, - and _, and begin with a letter or digit."
    assert sites() == []


def test_a_slug_is_required() -> None:
    with pytest.raises(CommandError):
        run()
