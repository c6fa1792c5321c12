from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("connectors", "0004_who_gave_secrets")]

    operations = [migrations.RemoveField(model_name="ledger", name="pending")]
