"""How often a key costs the database something."""

from __future__ import annotations

from billing_customers import key_text
from billing_customers.models import BillingSite
from tests.clients import ChargebeeClient, ChingClient
from tests.performance.conftest import BEGIN, COMMIT, KEY, Sends


def test_a_key_is_one_query_for_ching(ching: ChingClient, sends: Sends) -> None:
    with sends(KEY, "SELECT customer"):
        assert ching.get("/customers").status_code == 200


def test_a_key_is_one_query_for_chargebee(chargebee: ChargebeeClient, sends: Sends) -> None:
    with sends(KEY):
        assert chargebee.get("/configurations").status_code == 200


def test_the_first_call_in_a_minute_notes_the_use_once(key: str, sends: Sends) -> None:
    with sends(KEY, BEGIN, "UPDATE apikey", COMMIT):
        assert ChargebeeClient(key).get("/configurations").status_code == 200


def test_an_unknown_key_of_the_right_form_is_one_query(site: BillingSite, sends: Sends) -> None:
    stranger = ChingClient(key_text.new_key("ck", livemode=False))
    with sends(KEY):
        assert stranger.get("/customers").status_code == 401


def test_a_key_with_a_wrong_letter_is_no_query(key: str, sends: Sends) -> None:
    last = "a" if key[-1] != "a" else "b"
    with sends():
        assert ChingClient(key[:-1] + last).get("/customers").status_code == 401


def test_junk_for_a_key_is_no_query_for_ching(db: None, sends: Sends) -> None:
    with sends():
        assert ChingClient("x" * 96).get("/customers").status_code == 401


def test_junk_for_a_key_is_no_query_for_chargebee(db: None, sends: Sends) -> None:
    with sends():
        assert ChargebeeClient("x" * 96).get("/customers").status_code == 401


def test_an_unknown_route_is_no_query(db: None, key: str, sends: Sends) -> None:
    with sends():
        assert ChingClient(key).get("/nowhere").status_code == 404
