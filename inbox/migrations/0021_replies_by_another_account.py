from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0020_follow_told_at")]

    # Columns that are empty, or have a default that is written nowhere: each takes its lock for a moment only.
    operations = [
        migrations.AddField(
            model_name="delivery",
            name="closed",
            field=models.JSONField(help_text="How the conversation stood before it was closed with this.", null=True),
        ),
        migrations.AddField(model_name="draft", name="account", field=models.BigIntegerField(null=True)),
        migrations.AddField(
            model_name="draft",
            name="macros",
            field=models.JSONField(
                db_default=[], default=list, help_text="The numbers of the macros that went into it."
            ),
        ),
    ]
