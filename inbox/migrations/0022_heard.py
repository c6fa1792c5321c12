from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0021_replies_by_another_account")]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="conversation",
            name="tone",
            field=models.SmallIntegerField(null=True),
        ),
    ]
