"""API keys: their text is in one answer; what follows shows a hint, and lets them be rolled and revoked."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from billing_customers import key_text
from billing_customers.models import ApiKey, BillingSite
from billing_customers.operations.api_keys import create_api_key, find_api_key, revoke_api_key, roll_api_key
from tests.admin.forms import ADMIN, filled_in
from tests.fixtures import NOW

LIST = f"{ADMIN}/apikey/"
ADD = f"{ADMIN}/apikey/add/"
SHOWN = re.compile(r'<code class="bc-key-text"[^>]*>([^<]+)</code>')


@pytest.fixture
def api_key(site: BillingSite) -> ApiKey:
    return create_api_key(site=site, scopes=["write"], name="checkout", at=NOW)[0]


def add_key(client: Client, site: BillingSite, **values: Any) -> Any:
    return client.post(ADD, filled_in(client, ADD, "apikey_form", site=site.pk, **values))


def act(client: Client, action: str, *keys: ApiKey, **values: Any) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [key.pk for key in keys], **values})


def test_key_is_in_the_answer_to_the_form_and_works(root: Client, site: BillingSite) -> None:
    answer = add_key(root, site, name="checkout", scopes=["read", "write"])

    texts = SHOWN.findall(answer.content.decode())
    found = find_api_key(texts[0], at=NOW)
    assert len(texts) == 1
    assert found is not None
    assert (found.site, found.name, found.scopes) == (site, "checkout", "read write")


def test_answer_with_a_key_is_not_stored_anywhere(root: Client, site: BillingSite) -> None:
    answer = add_key(root, site)

    text = SHOWN.findall(answer.content.decode())[0]
    session = Session.objects.get()
    pages = [root.get(LIST), root.get(f"{LIST}{ApiKey.objects.get().pk}/change/"), root.get(ADD)]
    pages.append(root.get(f"{LIST}{ApiKey.objects.get().pk}/history/"))
    assert "no-store" in answer["Cache-Control"]
    assert all(text not in page.content.decode() for page in pages)
    assert text not in str(session.get_decoded())
    assert text not in str(answer.cookies)
    assert text not in str(LogEntry.objects.values_list())


@pytest.mark.parametrize("name", ["digest", "throttle_calls", "throttle_window"])
def test_columns_of_the_machinery_are_on_no_page(name: str, root: Client, api_key: ApiKey) -> None:
    pages = [root.get(LIST), root.get(f"{LIST}{api_key.pk}/change/"), root.get(ADD)]

    stored = ApiKey.objects.get(pk=api_key.pk)
    assert all(stored.digest not in page.content.decode() for page in pages)
    assert all(name not in page.content.decode() for page in pages)


def test_expiry_in_the_past_is_refused(root: Client, site: BillingSite) -> None:
    answer = add_key(root, site, expires_at_0="2020-01-01", expires_at_1="00:00")

    assert answer.context["adminform"].form.errors == {"expires_at": ["Must be in the future."]}
    assert not ApiKey.objects.exists()


def test_key_without_a_scope_is_refused(root: Client, site: BillingSite) -> None:
    answer = add_key(root, site, scopes=None)

    assert list(answer.context["adminform"].form.errors) == ["scopes"]
    assert not ApiKey.objects.exists()


def test_key_cannot_be_edited(root: Client, api_key: ApiKey) -> None:
    page = f"{LIST}{api_key.pk}/change/"

    shown, posted = root.get(page), root.post(page, {"name": "mine", "scopes": "pii:clear"})

    assert (shown.status_code, posted.status_code) == (200, 403)
    assert 'name="_save"' not in shown.content.decode()
    assert ApiKey.objects.get().name == "checkout"


def test_key_is_revoked_after_a_question(root: Client, api_key: ApiKey) -> None:
    asked = act(root, "revoke", api_key, index=0)
    assert asked.status_code == 200
    assert ApiKey.objects.get().revoked_at is None

    act(root, "revoke", api_key, confirmed="x")

    assert ApiKey.objects.get().revoked_at is not None
    assert LogEntry.objects.get().change_message == "Revoked."


def test_rolled_key_goes_on_for_the_hours_asked_for(root: Client, api_key: ApiKey) -> None:
    asked = act(root, "roll", api_key, index=0)
    assert 'name="overlap_hours" value="24"' in asked.content.decode()
    before = timezone.now()

    answer = act(root, "roll", api_key, confirmed="x", overlap_hours="2")

    texts = SHOWN.findall(answer.content.decode())
    api_key.refresh_from_db()
    successor = find_api_key(texts[0], at=NOW)
    assert len(texts) == 1
    assert successor is not None
    assert api_key.successor == successor
    assert (successor.name, successor.scopes) == ("checkout", "write")
    assert api_key.expires_at is not None
    assert timedelta(0) <= api_key.expires_at - before - timedelta(hours=2) < timedelta(minutes=5)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("hours", ["-1", "169", "", "x", "\0"])
def test_overlap_out_of_range_is_asked_for_again(hours: str, root: Client, api_key: ApiKey) -> None:
    answer = act(root, "roll", api_key, confirmed="x", overlap_hours=hours)

    assert list(answer.context["question"].form.errors) == ["overlap_hours"]
    assert ApiKey.objects.count() == 1


def test_one_key_that_cannot_be_rolled_stops_all(root: Client, api_key: ApiKey, site: BillingSite) -> None:
    revoked = revoke_api_key(key=create_api_key(site=site, at=NOW)[0], at=NOW)

    answer = act(root, "roll", api_key, revoked, confirmed="x", overlap_hours="1")

    assert "Only a key in use" in answer.content.decode()
    assert ApiKey.objects.count() == 2
    assert not LogEntry.objects.exists()


def test_several_keys_are_rolled_together(root: Client, api_key: ApiKey, site: BillingSite) -> None:
    other = create_api_key(site=site, at=NOW)[0]

    answer = act(root, "roll", api_key, other, confirmed="x", overlap_hours="1")

    assert len(set(SHOWN.findall(answer.content.decode()))) == 2
    assert ApiKey.objects.count() == 4


def test_state_of_each_key_is_told(root: Client, site: BillingSite) -> None:
    at = timezone.now()
    names = ["active", "expired", "rolled", "revoked"]
    keys = {name: create_api_key(site=site, name=name, at=at)[0] for name in names}
    ApiKey.objects.filter(pk=keys["expired"].pk).update(expires_at=at)
    roll_api_key(key=keys["rolled"], at=at)
    ApiKey.objects.filter(name="rolled", successor=None).update(name="active")
    revoke_api_key(key=keys["revoked"], at=at)

    page = root.get(LIST).content.decode()

    rows = re.findall(r'field-name">(\w+)<.*?bc-badge bc-(\w+)"', page, flags=re.DOTALL)
    kinds = [("active", "good"), ("active", "good"), ("expired", "quiet"), ("revoked", "bad"), ("rolled", "warn")]
    assert sorted(rows) == kinds


@pytest.mark.parametrize(("state", "names"), [("usable", {"active"}), ("ended", {"expired", "revoked"})])
def test_keys_are_filtered_by_state(state: str, names: set[str], root: Client, site: BillingSite) -> None:
    at = timezone.now()
    keys = {name: create_api_key(site=site, name=name, at=at)[0] for name in ("active", "expired", "revoked")}
    ApiKey.objects.filter(pk=keys["expired"].pk).update(expires_at=at)
    revoke_api_key(key=keys["revoked"], at=at)

    answer = root.get(LIST, {"state": state})

    assert {key.name for key in answer.context["cl"].result_list} == names


def test_hint_is_all_that_is_kept_readable_of_a_key(api_key: ApiKey) -> None:
    assert len(api_key.hint) < key_text.LENGTH / 4
