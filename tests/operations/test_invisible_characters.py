"""A direction mark that came along with a pasted e-mail address must not make a second customer of it."""

from __future__ import annotations

import pytest

from billing_customers.choices import IdentifyBy
from billing_customers.exceptions import InvalidInput
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import upsert_customer
from tests.fixtures import NOW


@pytest.mark.parametrize("mark", ["\u200b", "\u200f", "\u202e", "\ufeff"])
def test_an_address_with_invisible_characters_is_refused(site: BillingSite, mark: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        upsert_customer(
            site=site, identify_by=IdentifyBy.EMAIL, attributes={"name": "V", "email": f"v@b.co{mark}"}, at=NOW
        )

    assert [(issue.field, issue.message) for issue in caught.value.issues] == [
        ("email", "Must not contain invisible characters.")
    ]
    assert not Customer.objects.exists()
