"""Who may move money in the back office: a permission for each deed, beside Django's own of each model."""

from __future__ import annotations

CREDIT = "billing_customers.credit_customer"
COLLECT = "billing_customers.collect_customer"
ASSIGN_ROLE = "billing_customers.change_paymentsource"
DETACH = "billing_customers.delete_paymentsource"
