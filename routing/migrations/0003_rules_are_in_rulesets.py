from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_rulesets"), ("inbox", "0011_routing")]

    operations = [migrations.DeleteModel(name="Rule")]
