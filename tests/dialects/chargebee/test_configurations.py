"""Chargebee "List configurations": which site does a key belong to?"""

from __future__ import annotations

import pytest

from billing_customers.models import BillingSite
from billing_customers.operations.api_keys import create_api_key
from tests.clients import ChargebeeClient
from tests.dialects.clock import START


@pytest.mark.parametrize("host", ["testserver", "localhost"])
def test_the_site_is_told_by_the_key_and_not_by_the_host(chargebee: ChargebeeClient, host: str) -> None:
    response = chargebee.get("/configurations", host=host)

    assert response.status_code == 200
    assert response.json() == {
        "configurations": [
            {"domain": "acme-test", "product_catalog_version": "v2", "chargebee_response_schema_type": "items"}
        ]
    }


def test_a_key_of_another_site_tells_that_site(other_site: BillingSite) -> None:
    theirs = ChargebeeClient(create_api_key(site=other_site, at=START)[1])

    assert theirs.get("/configurations").json()["configurations"][0]["domain"] == "globex-test"
