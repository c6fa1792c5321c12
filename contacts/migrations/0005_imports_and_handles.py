"""States of imports that are checked; accounts found by their handle, the index built beside the work that goes on."""

import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("contacts", "0004_roles")]

    operations = [
        migrations.AlterField(
            model_name="import",
            name="content",
            field=models.BinaryField(help_text="Compressed, see contacts/crm/files.py; empty once it was let go."),
        ),
        migrations.AlterField(
            model_name="import",
            name="state",
            field=models.CharField(
                choices=[
                    ("uploaded", "Uploaded"),
                    ("checking", "Being checked"),
                    ("checked", "Checked"),
                    ("queued", "Waiting"),
                    ("running", "Running"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                    ("undoing", "Being undone"),
                    ("undone", "Undone"),
                ],
                default="uploaded",
                max_length=8,
            ),
        ),
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                models.F("network"),
                django.db.models.functions.text.Lower("handle"),
                condition=models.Q(("handle", ""), _negated=True),
                name="identity_by_handle",
            ),
        ),
    ]
