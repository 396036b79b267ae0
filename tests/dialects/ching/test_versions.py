"""CHING: ``ETag`` and ``If-Match``."""

from __future__ import annotations

import pytest

from tests.clients import ChingClient
from tests.dialects.expected import (
    NO_SUCH_CHING_CUSTOMER,
    VERSION,
    ching_customer,
    ching_refusal,
)

pytestmark = pytest.mark.usefixtures("clock")

CHANGED_SINCE = ching_refusal(412, "VERSION_MISMATCH", "The customer has changed since.")
MALFORMED = ching_refusal(400, "INVALID_FIELD", 'If-Match must be * or a version in quotes, such as "1517505731000".')


@pytest.fixture
def made(ching: ChingClient) -> str:
    public_id: str = ching.post("/customers", {"name": "Tal"}).json()["data"]["id"]
    return public_id


@pytest.mark.parametrize("version", [f'"{VERSION}"', f' "{VERSION}" ', "*", ""])
def test_an_update_of_the_version_at_hand_is_made(ching: ChingClient, made: str, version: str) -> None:
    response = ching.post(f"/customers/{made}", {"name": "Dana"}, **{"If-Match": version})

    assert response.status_code == 200
    assert response.json()["data"]["name"] == "Dana"
    assert response.headers["ETag"] == f'"{VERSION + 1}"'


def test_an_update_of_an_older_version_is_refused_with_the_present_one(ching: ChingClient, made: str) -> None:
    ching.post(f"/customers/{made}", {"name": "Dana"})

    response = ching.post(f"/customers/{made}", {"name": "Lost"}, **{"If-Match": f'"{VERSION}"'})

    assert response.status_code == 412
    assert response.json() == CHANGED_SINCE
    assert response.headers["ETag"] == f'"{VERSION + 1}"'
    assert ching.get(f"/customers/{made}").json()["data"] == ching_customer(made, name="Dana")


def test_a_delete_of_an_older_version_is_refused(ching: ChingClient, made: str) -> None:
    response = ching.delete(f"/customers/{made}", **{"If-Match": '"1"'})

    assert response.status_code == 412
    assert response.json() == CHANGED_SINCE
    assert ching.get(f"/customers/{made}").json()["data"] == ching_customer(made, name="Tal")


def test_a_delete_of_the_version_at_hand_is_made(ching: ChingClient, made: str) -> None:
    response = ching.delete(f"/customers/{made}", **{"If-Match": f'"{VERSION}"'})

    assert response.json()["data"]["deleted"] is True


@pytest.mark.parametrize(
    "version",
    [f"{VERSION}", f'W/"{VERSION}"', '""', '"abc"', '"-1"', '"1", "2"', f'"{"9" * 19}"', '"\u0661"'],
)
def test_a_malformed_version_is_refused(ching: ChingClient, made: str, version: str) -> None:
    response = ching.post(f"/customers/{made}", {"name": "Lost"}, **{"If-Match": version})

    assert response.status_code == 400
    assert response.json() == MALFORMED
    assert ching.get(f"/customers/{made}").json()["data"]["name"] == "Tal"


@pytest.mark.parametrize("version", ["*", '"1"'])
def test_a_missing_customer_is_not_found_whatever_the_version(ching: ChingClient, version: str) -> None:
    response = ching.post("/customers/cus_AAAAAAAAAAAA", {"name": "T"}, **{"If-Match": version})

    assert response.status_code == 404
    assert response.json() == NO_SUCH_CHING_CUSTOMER
