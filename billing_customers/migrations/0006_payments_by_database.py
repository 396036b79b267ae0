from typing import Any

from django.db import migrations
from django.utils import timezone

from billing_customers.ddl import compare_letter_for_letter, postgresql_only, sqlite_only

# A live subscription refers to a live customer, whoever writes it. is_live is null on a tombstone, and the guard is
# null for the other statuses, which keep their customer: a key with a null is not checked.
GUARD = """
ALTER TABLE billing_customers_customer ADD CONSTRAINT bc_customer_id_live UNIQUE (id, is_live);
ALTER TABLE billing_customers_subscription
    ADD COLUMN live_guard boolean GENERATED ALWAYS AS
        (CASE WHEN status IN ('active', 'trialing', 'past_due') THEN true END) STORED,
    ADD CONSTRAINT bc_subscription_customer_live
        FOREIGN KEY (customer_id, live_guard) REFERENCES billing_customers_customer (id, is_live);
"""
NO_GUARD = """
ALTER TABLE billing_customers_subscription
    DROP CONSTRAINT bc_subscription_customer_live, DROP COLUMN live_guard;
ALTER TABLE billing_customers_customer DROP CONSTRAINT bc_customer_id_live;
"""

APPEND_ONLY = """
CREATE FUNCTION billing_customers_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A ledger entry never changes: write a reversing one.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER bc_ledgerentry_append_only BEFORE UPDATE OR DELETE ON billing_customers_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION billing_customers_append_only();
"""
NO_APPEND_ONLY = """
DROP TRIGGER bc_ledgerentry_append_only ON billing_customers_ledgerentry;
DROP FUNCTION billing_customers_append_only();
"""

SQLITE_APPEND_ONLY = """
CREATE TRIGGER bc_ledgerentry_append_only BEFORE UPDATE ON billing_customers_ledgerentry
BEGIN SELECT RAISE(ABORT, 'A ledger entry never changes: write a reversing one.'); END
"""


def give_test_gateways(apps: Any, schema_editor: Any) -> None:
    """Sites of the test mode get the test gateway when they are made; so do those that are there already."""
    sites = apps.get_model("billing_customers", "BillingSite").objects.filter(livemode=False)
    accounts = apps.get_model("billing_customers", "GatewayAccount").objects
    now = timezone.now()
    for site in sites:
        accounts.create(
            site=site, public_id=f"gw_test_{site.pk}", backend="test", name="Test gateway", created_at=now, updated_at=now
        )


class Migration(migrations.Migration):
    dependencies = [("billing_customers", "0005_payments")]

    operations = [
        compare_letter_for_letter(
            "Allocation",
            "Balance",
            "CreditNote",
            "GatewayAccount",
            "Invoice",
            "LedgerEntry",
            "PaymentSource",
            "Subscription",
            "TestGatewayCharge",
            "Transaction",
            "UnbilledCharge",
        ),
        postgresql_only(forwards=GUARD, backwards=NO_GUARD),
        postgresql_only(forwards=APPEND_ONLY, backwards=NO_APPEND_ONLY),
        sqlite_only(forwards=SQLITE_APPEND_ONLY, backwards="DROP TRIGGER bc_ledgerentry_append_only"),
        migrations.RunPython(give_test_gateways, migrations.RunPython.noop),
    ]
