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
        # Elsewhere the index of heads is a partial one.
        mysql_only(
            forwards="CREATE INDEX bc_delivery_waiting ON billing_customers_delivery (lane_id, status, id)",
            backwards="DROP INDEX bc_delivery_waiting ON billing_customers_delivery",
        ),
    ]
