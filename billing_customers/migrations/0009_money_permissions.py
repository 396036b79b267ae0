"""The permissions to move money in the back office."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing_customers", "0007_hierarchy")]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [
                    ("credit_customer", "Can add and deduct promotional credits of customers"),
                    ("collect_customer", "Can collect invoices of customers"),
                ],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        )
    ]
