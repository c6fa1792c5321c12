from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("connectors", "0005_pending_is_counted")]

    operations = [
        AddIndexConcurrently(
            model_name="receipt",
            index=models.Index(condition=models.Q(("state", "done")), fields=["received_at"], name="receipt_done"),
        )
    ]
