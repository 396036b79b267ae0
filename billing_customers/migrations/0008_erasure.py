import django.db.models.deletion
from django.db import migrations, models

from billing_customers.ddl import compare_letter_for_letter, postgresql_only, sqlite_only

# While the personal data of its customer is being cleared, the texts of an entry may be emptied, and nothing else of it
# may change: neither then nor at any other time.
BLANKABLE = """
CREATE OR REPLACE FUNCTION billing_customers_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE texts CONSTANT text[] := ARRAY['description', 'caller_reference', 'done_by'];
BEGIN
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - texts) = (to_jsonb(OLD) - texts)
        AND NEW.description IN ('', OLD.description) AND NEW.caller_reference IN ('', OLD.caller_reference)
        AND NEW.done_by IN ('', OLD.done_by)
        AND EXISTS (SELECT 1 FROM billing_customers_customer
            WHERE id = OLD.customer_id AND pii_cleared = 'scheduled_for_clear') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A ledger entry never changes: write a reversing one.' USING ERRCODE = 'restrict_violation';
END $$;
"""
NOT_BLANKABLE = """
CREATE OR REPLACE FUNCTION billing_customers_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A ledger entry never changes: write a reversing one.' USING ERRCODE = 'restrict_violation';
END $$;
"""

_SAME = " AND ".join(
    f"NEW.{column} IS OLD.{column}"
    for column in (
        *("id", "site_id", "customer_id", "public_id", "currency", "bucket", "delta", "balance_after", "reference"),
        *("reverses_id", "credit_type", "source", "created_at"),
    )
)
SQLITE_BLANKABLE = f"""
CREATE TRIGGER bc_ledgerentry_append_only BEFORE UPDATE ON billing_customers_ledgerentry
WHEN NOT ({_SAME}
    AND NEW.description IN ('', OLD.description) AND NEW.caller_reference IN ('', OLD.caller_reference)
    AND NEW.done_by IN ('', OLD.done_by)
    AND EXISTS (SELECT 1 FROM billing_customers_customer
        WHERE id = OLD.customer_id AND pii_cleared = 'scheduled_for_clear'))
BEGIN SELECT RAISE(ABORT, 'A ledger entry never changes: write a reversing one.'); END
"""
SQLITE_NOT_BLANKABLE = """
CREATE TRIGGER bc_ledgerentry_append_only BEFORE UPDATE ON billing_customers_ledgerentry
BEGIN SELECT RAISE(ABORT, 'A ledger entry never changes: write a reversing one.'); END
"""
DROP = "DROP TRIGGER IF EXISTS bc_ledgerentry_append_only"


class Migration(migrations.Migration):
    dependencies = [("billing_customers", "0007_hierarchy")]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [("erase_customer", "Can clear the personal data of customers")],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        ),
        migrations.CreateModel(
            name="ErasureCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("requested_at", models.DateTimeField(verbose_name="requested at")),
                ("cleared_at", models.DateTimeField(verbose_name="cleared at")),
                ("done_by", models.CharField(blank=True, max_length=100, verbose_name="by")),
                ("counts", models.JSONField(verbose_name="what was cleared")),
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of this certificate and of the state of the cleared rows.",
                        max_length=64,
                        verbose_name="digest",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing_customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing_customers.billingsite",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "certificate of erasure",
                "verbose_name_plural": "certificates of erasure",
                "constraints": [models.UniqueConstraint(fields=("site", "customer"), name="bc_certificate_customer")],
            },
        ),
        compare_letter_for_letter("ErasureCertificate"),
        # MariaDB has no trigger here: there the querysets refuse.
        postgresql_only(forwards=BLANKABLE, backwards=NOT_BLANKABLE),
        sqlite_only(forwards=DROP, backwards=SQLITE_NOT_BLANKABLE),
        sqlite_only(forwards=SQLITE_BLANKABLE, backwards=DROP),
    ]
