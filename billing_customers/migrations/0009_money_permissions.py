"""The permissions to move money in the back office."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing_customers", "0008_erasure")]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [
                    ("erase_customer", "Can clear the personal data of customers"),
                    ("credit_customer", "Can add and deduct promotional credits of customers"),
                    ("collect_customer", "Can collect invoices of customers"),
                ],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        )
    ]
