from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_more_marks")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="list_order",
            field=models.CharField(
                choices=[("newest", "Newest first"), ("waiting", "Waiting longest"), ("due", "Due first")],
                db_default="newest",
                default="newest",
                help_text="How their lists of conversations are sorted.",
                max_length=7,
            ),
        ),
    ]
