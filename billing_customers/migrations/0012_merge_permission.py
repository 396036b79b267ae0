"""The permission to merge customers in the back office, and to undo that."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing_customers", "0011_move")]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [
                    ("erase_customer", "Can clear the personal data of customers"),
                    ("credit_customer", "Can add and deduct promotional credits of customers"),
                    ("collect_customer", "Can collect invoices of customers"),
                    ("merge_customer", "Can merge customers, and undo merges"),
                ],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        )
    ]
