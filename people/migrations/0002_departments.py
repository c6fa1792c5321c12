from django.db import migrations

from people import departments


def ensure(apps, schema_editor):
    departments.ensure(apps.get_model("people", "Department"))


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [migrations.RunPython(ensure, migrations.RunPython.noop)]
