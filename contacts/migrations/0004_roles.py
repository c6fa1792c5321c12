from django.db import migrations

# Slug, name, icon, tone, criterion (see contacts/criteria.py).
ROLES = (
    ("prospect", "Prospect", "zap", "plain", None),
    ("customer", "Customer", "user-check", "plain", None),
    ("advocate", "Advocate", "trending-up", "good", {"measure": "answers", "at_least": 5, "days": 90}),
    ("critic", "Critic", "megaphone", "warn", {"measure": "negative_posts", "at_least": 3, "days": 90}),
    ("influencer", "Influencer", "activity", "plain", {"measure": "reach", "at_least": 10_000}),
)


def add(apps, schema_editor):
    kinds = apps.get_model("contacts", "RoleKind")
    for position, (slug, name, icon, tone, criterion) in enumerate(ROLES):
        kinds.objects.create(slug=slug, name=name, icon=icon, tone=tone, criterion=criterion, position=position)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_graph_indexes")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
