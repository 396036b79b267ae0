"""CHING: the ``Idempotency-Key`` header, which this server takes beyond the contract."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, Customer, IdempotencyRecord
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import ching_issue, ching_refusal

pytestmark = pytest.mark.usefixtures("clock")

KEY = {"Idempotency-Key": "order-1"}


def test_a_repetition_gets_the_stored_answer_byte_for_byte(ching: ChingClient, clock: Clock) -> None:
    first = ching.post("/customers", {"name": "Tal", "email": "t@x.co"}, **KEY)
    clock.forward(hours=23)

    second = ching.post("/customers", '{"email": "t@x.co",   "name": "Tal"}', **KEY)

    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Customer.objects.count() == 1


def test_the_first_answer_is_not_marked_as_replayed(ching: ChingClient) -> None:
    assert "Idempotent-Replayed" not in ching.post("/customers", {"name": "Tal"}, **KEY).headers


def test_a_replay_has_a_request_id_of_its_own(ching: ChingClient) -> None:
    ids = {ching.post("/customers", {"name": "Tal"}, **KEY).headers["X-Request-Id"] for _ in range(2)}

    assert len(ids) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/customers", {"name": "Dana"}),
        ("/customers", {"name": "Tal", "email": None}),
        ("/customers/upsert", {"name": "Tal"}),
        ("/customers/cus_AAAAAAAAAAAA", {"name": "Tal"}),
    ],
)
def test_a_key_that_was_used_for_another_request_is_refused(
    ching: ChingClient, path: str, body: dict[str, Any]
) -> None:
    ching.post("/customers", {"name": "Tal"}, **KEY)

    response = ching.post(path, body, **KEY)

    assert response.status_code == 422
    assert response.json() == ching_refusal(
        422, "IDEMPOTENCY_KEY_REUSED", "This idempotency key was used with another request."
    )
    assert Customer.objects.count() == 1


def test_a_key_whose_first_request_runs_is_in_use(ching: ChingClient) -> None:
    ching.post("/customers", {"name": "Tal"}, **KEY)
    IdempotencyRecord.objects.update(response_status=None)

    response = ching.post("/customers", {"name": "Tal"}, **KEY)

    assert response.status_code == 409
    assert response.headers["Retry-After"] == "1"
    assert response.json() == ching_refusal(
        409, "IDEMPOTENCY_KEY_IN_USE", "Another request with this idempotency key is being processed."
    )
    assert Customer.objects.count() == 1


def test_a_claim_whose_process_died_is_taken_over(ching: ChingClient, clock: Clock) -> None:
    ching.post("/customers", {"name": "Tal"}, **KEY)
    IdempotencyRecord.objects.update(response_status=None)
    clock.forward(seconds=60)

    response = ching.post("/customers", {"name": "Tal"}, **KEY)

    assert response.status_code == 200
    assert "Idempotent-Replayed" not in response.headers


def test_a_key_is_forgotten_after_a_day(ching: ChingClient, clock: Clock) -> None:
    ching.post("/customers", {"name": "Tal"}, **KEY)
    clock.forward(hours=24)

    ching.post("/customers", {"name": "Tal"}, **KEY)

    assert Customer.objects.count() == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/customers", {"name": ""}, 400), ("/customers", "[", 400), ("/customers/cus_AAAAAAAAAAAA", {"name": "T"}, 404)],
)
def test_a_request_without_an_outcome_leaves_the_key_free(
    ching: ChingClient, path: str, body: Any, status: int
) -> None:
    assert ching.post(path, body, **KEY).status_code == status

    assert ching.post("/customers", {"name": "Tal"}, **KEY).status_code == 200


def test_a_version_mismatch_leaves_the_key_free(ching: ChingClient) -> None:
    made = ching.post("/customers", {"name": "Tal"}).json()["data"]["id"]

    response = ching.post(f"/customers/{made}", {"name": "Dana"}, **KEY, **{"If-Match": '"1"'})

    assert response.status_code == 412
    assert IdempotencyRecord.objects.count() == 0


def test_a_conflict_is_kept_and_replayed(ching: ChingClient, site: BillingSite) -> None:
    site.forbids_duplicate_emails = True
    site.save()
    ching.post("/customers", {"name": "Tal", "email": "t@x.co"})
    first = ching.post("/customers", {"name": "Dana", "email": "t@x.co"}, **KEY)
    Customer.objects.update(email_key=None)

    second = ching.post("/customers", {"name": "Dana", "email": "t@x.co"}, **KEY)

    assert (first.status_code, second.status_code, second.content) == (409, 409, first.content)
    assert second.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("text", ["", "a b", "k" * 256, "\u05d0", "tab\t", "caf\xe9"])
def test_a_key_that_is_not_visible_ascii_of_at_most_255_characters_is_refused(ching: ChingClient, text: str) -> None:
    response = ching.post("/customers", {"name": "Tal"}, **{"Idempotency-Key": text})

    assert response.status_code == 400
    assert response.json() == ching_issue("Idempotency-Key", message="Must be 1 to 255 visible ASCII characters.")
    assert Customer.objects.count() == 0


def test_a_key_of_255_characters_is_taken(ching: ChingClient) -> None:
    assert ching.post("/customers", {"name": "Tal"}, **{"Idempotency-Key": "k" * 255}).status_code == 200


def test_a_key_is_ignored_on_get_and_delete(ching: ChingClient) -> None:
    made = ching.post("/customers", {"name": "Tal"}).json()["data"]["id"]

    responses = [ching.get(f"/customers/{made}", **KEY), ching.delete(f"/customers/{made}", **KEY)]

    assert [response.status_code for response in responses] == [200, 200]
    assert IdempotencyRecord.objects.count() == 0


def test_another_api_key_of_the_site_gets_the_replay(ching: ChingClient, site: BillingSite) -> None:
    first = ching.post("/customers", {"name": "Tal"}, **KEY)
    rolled = ChingClient(create_api_key(site=site, scopes=["write"], at=START)[1])

    assert rolled.post("/customers", {"name": "Tal"}, **KEY).content == first.content


def test_another_site_has_keys_of_its_own(ching: ChingClient, other_site: BillingSite) -> None:
    ching.post("/customers", {"name": "Tal"}, **KEY)
    theirs = ChingClient(create_api_key(site=other_site, scopes=["write"], at=START)[1])

    response = theirs.post("/customers", {"name": "Dana"}, **KEY)

    assert (response.status_code, response.json()["data"]["name"]) == (200, "Dana")
