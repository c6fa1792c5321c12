from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0005_imports_and_handles")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="is_erased",
            field=models.BooleanField(db_default=False, default=False, help_text="Being erased; see inbox/erasure/."),
        ),
        migrations.AddField(
            model_name="erasure",
            name="pending",
            field=models.JSONField(help_text="Whom it concerns, for as long as it goes on.", null=True),
        ),
        migrations.AddField(model_name="erasure", name="lease_until", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="erasure", name="finished_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", True)), fields=["at"], name="erasure_pending"
            ),
        ),
    ]
