from django.db import migrations

from billing_customers.ddl import compare_letter_for_letter, mysql_only


class Migration(migrations.Migration):
    dependencies = [("billing_customers", "0003_events")]

    operations = [
        compare_letter_for_letter(
            "Delivery",
            "DeliveryAttempt",
            "Event",
            "Job",
            "Lane",
            "WebhookEndpoint",
            "WebhookSecret",
        ),
        # Partial indexes elsewhere.
        *(
            mysql_only(
                forwards=f"CREATE INDEX {name} ON billing_customers_{table} ({columns})",
                backwards=f"DROP INDEX {name} ON billing_customers_{table}",
            )
            for name, table, columns in (
                ("bc_lane_ready", "lane", "endpoint_id, ready_at"),
                ("bc_lane_lease", "lane", "endpoint_id, lease_until"),
                ("bc_delivery_head", "delivery", "lane_id, status, id"),
                ("bc_job_due", "job", "run_at"),
            )
        ),
    ]
