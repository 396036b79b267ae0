"""What speaks against more than one operation, besides the neighbours."""

from __future__ import annotations

from billing_customers.exceptions import InvalidState
from billing_customers.models import Customer
from billing_customers.neighbors import Blocker
from billing_customers.operations import locks


def closed_blockers(*customers: Customer) -> list[Blocker]:
    """One for each of the customers whose personal data is cleared, or about to be: nothing changes them any more."""
    found = []
    for customer in customers:
        try:
            locks.check_open(customer)
        except InvalidState as error:
            fix = "It cannot be lifted: use another customer."
            found.append(Blocker("personal_data_cleared", error.message, (customer.public_id,), fix))
    return found
