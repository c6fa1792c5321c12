from django.db import migrations, models

# One click is one note. As the constraint of the state, but without keeping writers waiting.
ONCE = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS note_clicked_once ON inbox_note (click) WHERE click IS NOT NULL"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0017_triage_checked")]

    operations = [
        migrations.RemoveConstraint(model_name="draft", name="draft_once"),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(fields=["user", "conversation", "mode"], name="draft_once"),
        ),
        migrations.AddField(model_name="note", name="click", field=models.UUIDField(null=True)),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(ONCE, "DROP INDEX CONCURRENTLY IF EXISTS note_clicked_once"),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="note",
                    constraint=models.UniqueConstraint(
                        fields=["click"], condition=models.Q(click__isnull=False), name="note_clicked_once"
                    ),
                ),
            ],
        ),
    ]
