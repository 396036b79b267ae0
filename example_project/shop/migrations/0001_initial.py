import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('billing_customers', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('magazine', models.CharField(max_length=100)),
                ('state', models.CharField(choices=[('running', 'Running'), ('trial', 'Trial'), ('unpaid', 'Unpaid'), ('ended', 'Ended')], default='running', max_length=10)),
                ('recipient', models.CharField(blank=True, max_length=150)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing_customers.customer')),
            ],
        ),
    ]
