from django.db import migrations, models

# One rule for every deadline, wherever a conversation is written: which target counts (see routing/targets.py for the
# order), whether the clock stands still, and when the reply is due.
INSTALL = """
CREATE FUNCTION inbox_minutes(
    of_conversation bigint, of_department bigint, of_priority smallint, of_identity bigint, is_answered boolean
) RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
    is_first boolean;
    found integer;
BEGIN
    IF NOT EXISTS (SELECT FROM routing_target) THEN
        RETURN (SELECT reply_minutes FROM people_department WHERE id = of_department);
    END IF;
    is_first := NOT coalesce(is_answered, EXISTS (
        SELECT FROM inbox_message o JOIN inbox_delivery w ON w.message_id = o.id
        WHERE o.conversation_id = of_conversation AND o.direction = 'out'
          AND w.state IN ('queued', 'sending', 'sent', 'unconfirmed')
    ));
    SELECT CASE WHEN is_first THEN t.first_minutes ELSE t.next_minutes END INTO found
    FROM routing_target t
    WHERE (t.department_id IS NULL OR t.department_id = of_department)
      AND (t.priority IS NULL OR t.priority = of_priority)
      AND (t.role = '' OR EXISTS (
          SELECT FROM contacts_identity i
          JOIN contacts_contact k ON k.id = i.contact_id OR k.root_id = i.contact_id
          JOIN contacts_role r ON r.contact_id = k.id AND r.until IS NULL
          JOIN contacts_rolekind n ON n.id = r.kind_id AND n.slug = t.role
          WHERE i.id = of_identity
      ))
    ORDER BY t.priority IS NULL AND t.role = '',
        (t.department_id IS NOT NULL)::int + (t.priority IS NOT NULL)::int + (t.role <> '')::int DESC, 1
    LIMIT 1;
    RETURN coalesce(found, (SELECT reply_minutes FROM people_department WHERE id = of_department));
END $$;

CREATE FUNCTION inbox_clock(
    of_conversation bigint, in_state text, of_department bigint, of_priority smallint, of_identity bigint,
    waited timestamptz, waits timestamptz, is_answered boolean,
    stood_since timestamptz, stood_seconds integer, at timestamptz,
    OUT due_at timestamptz, OUT paused_since timestamptz, OUT paused_seconds integer
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    hours bigint;
    when_snoozed boolean;
    elsewhere boolean;
    pauses boolean;
BEGIN
    paused_seconds := 0;
    IF waits IS NULL THEN
        RETURN;
    END IF;
    SELECT s.calendar_id, s.pauses_when_snoozed, s.pauses_elsewhere INTO hours, when_snoozed, elsewhere
    FROM routing_service s WHERE s.department_id = of_department;
    IF waits IS NOT DISTINCT FROM waited THEN
        paused_since := stood_since;
        paused_seconds := stood_seconds;
    END IF;
    pauses := (in_state = 'snoozed' AND coalesce(when_snoozed, true))
        OR (in_state = 'open' AND coalesce(elsewhere, false) AND EXISTS (
            SELECT FROM inbox_contributor k WHERE k.conversation_id = of_conversation
              AND NOT EXISTS (
                  SELECT FROM inbox_note n JOIN people_membership p ON p.user_id = n.author_id
                  WHERE n.conversation_id = of_conversation AND n.created_at >= k.created_at
                    AND p.department_id = k.department_id)
              AND NOT EXISTS (
                  SELECT FROM inbox_message m JOIN people_membership p ON p.user_id = m.author_id
                  WHERE m.conversation_id = of_conversation AND m.direction = 'out' AND m.created_at >= k.created_at
                    AND p.department_id = k.department_id)
        ));
    IF pauses THEN
        paused_since := coalesce(paused_since, at);
        RETURN;
    END IF;
    IF paused_since IS NOT NULL THEN
        paused_seconds := paused_seconds
            + greatest(0, business_seconds(hours, greatest(paused_since, waits), at))::integer;
        paused_since := NULL;
    END IF;
    IF in_state = 'open' THEN
        due_at := business_due(hours, waits, 60.0 * inbox_minutes(
            of_conversation, of_department, of_priority, of_identity, is_answered) + paused_seconds);
    END IF;
END $$;
"""

REMOVE = """
DROP FUNCTION inbox_clock(
    bigint, text, bigint, smallint, bigint, timestamptz, timestamptz, boolean, timestamptz, integer, timestamptz);
DROP FUNCTION inbox_minutes(bigint, bigint, smallint, bigint, boolean);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0006_erasures"),
        ("inbox", "0012_routing_indexes"),
        ("people", "0004_presence"),
        ("routing", "0005_business_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="Restating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reached",
                    models.BigIntegerField(default=0, help_text="The conversation up to which it has been done."),
                ),
                ("asked_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(INSTALL, REMOVE),
    ]
