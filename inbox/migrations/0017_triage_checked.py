from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models

# How often each conversation has been handed over by hand so far.
COUNT = """
    UPDATE inbox_conversation c SET handovers = least(e.n, 32767)
    FROM (
        SELECT conversation_id, count(*) AS n FROM inbox_event WHERE kind = 'handover' GROUP BY conversation_id
    ) e
    WHERE e.conversation_id = c.id AND c.handovers = 0
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0016_triage_and_together")]

    operations = [
        ValidateConstraint(model_name="delivery", name="delivery_state_known"),
        migrations.RunSQL(
            "ALTER TABLE inbox_contributor VALIDATE CONSTRAINT inbox_contributor_by_fk;", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            "ALTER TABLE inbox_delivery VALIDATE CONSTRAINT inbox_delivery_follows_fk;", migrations.RunSQL.noop
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("follows__isnull", False)), fields=["follows"], name="delivery_follows"
            ),
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
