from django.db import migrations

# What costs a look into other tables is asked only where a department wants it.
INSTALL = """
CREATE OR REPLACE FUNCTION inbox_clock(
    of_conversation bigint, in_state text, of_department bigint, of_priority smallint, of_identity bigint,
    waited timestamptz, waits timestamptz, is_answered boolean,
    stood_since timestamptz, stood_seconds integer, at timestamptz,
    OUT due_at timestamptz, OUT paused_since timestamptz, OUT paused_seconds integer
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    hours bigint;
    when_snoozed boolean;
    elsewhere boolean;
    pauses boolean := false;
    seconds double precision;
BEGIN
    paused_seconds := 0;
    IF waits IS NULL OR in_state NOT IN ('open', 'snoozed') AND stood_since IS NULL AND stood_seconds = 0 THEN
        RETURN;
    END IF;
    SELECT s.calendar_id, s.pauses_when_snoozed, s.pauses_elsewhere INTO hours, when_snoozed, elsewhere
    FROM routing_service s WHERE s.department_id = of_department;
    IF waits IS NOT DISTINCT FROM waited THEN
        paused_since := stood_since;
        paused_seconds := stood_seconds;
    END IF;
    IF in_state = 'snoozed' THEN
        pauses := coalesce(when_snoozed, true);
    ELSIF in_state = 'open' AND elsewhere THEN
        pauses := EXISTS (
            SELECT FROM inbox_contributor k WHERE k.conversation_id = of_conversation
              AND NOT EXISTS (
                  SELECT FROM inbox_note n JOIN people_membership p ON p.user_id = n.author_id
                  WHERE n.conversation_id = of_conversation AND n.created_at >= k.created_at
                    AND p.department_id = k.department_id)
              AND NOT EXISTS (
                  SELECT FROM inbox_message m JOIN people_membership p ON p.user_id = m.author_id
                  WHERE m.conversation_id = of_conversation AND m.direction = 'out' AND m.created_at >= k.created_at
                    AND p.department_id = k.department_id));
    END IF;
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
        seconds := 60.0 * inbox_minutes(of_conversation, of_department, of_priority, of_identity, is_answered)
            + paused_seconds;
        IF hours IS NULL THEN
            due_at := waits + make_interval(secs => seconds);
        ELSE
            due_at := business_due(hours, waits, seconds);
        END IF;
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0014_deadline_indexes"), ("routing", "0007_business_due_by_index")]

    operations = [migrations.RunSQL(INSTALL, migrations.RunSQL.noop)]
