from django.db import migrations

from billing_customers.ddl import compare_letter_for_letter, postgresql_only


class Migration(migrations.Migration):
    dependencies = [("billing_customers", "0001_initial")]

    operations = [
        compare_letter_for_letter(
            "ApiKey",
            "BillingSite",
            "Contact",
            "Customer",
            "CustomerAlias",
            "IdempotencyRecord",
        ),
        postgresql_only(
            forwards="CREATE INDEX bc_customer_metadata ON billing_customers_customer USING gin (metadata jsonb_path_ops)",
            backwards="DROP INDEX bc_customer_metadata",
        ),
    ]
