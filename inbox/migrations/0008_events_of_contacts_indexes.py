"""Indexes and checks on tables that may be large: built beside the work that goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0007_events_of_contacts")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE inbox_event VALIDATE CONSTRAINT inbox_event_contact_fk;", migrations.RunSQL.noop
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                models.F("contact"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("contact__isnull", False)),
                name="event_of_contact",
            ),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                models.F("identity"),
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("kind", "message"), _negated=True),
                name="timeline_beside_messages",
            ),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                condition=models.Q(("message__isnull", False)), fields=["message"], name="event_of_message"
            ),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(condition=models.Q(("note__isnull", False)), fields=["note"], name="event_of_note"),
        ),
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(fields=["identity"], name="message_of_identity"),
        ),
        ValidateConstraint(model_name="event", name="event_of_conversation_or_contact"),
    ]
