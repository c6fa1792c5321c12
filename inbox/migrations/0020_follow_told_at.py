import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0019_filtered_lists")]

    operations = [
        migrations.AddField(
            model_name="follow",
            name="told_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
    ]
