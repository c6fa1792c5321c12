from django.db import migrations

# `opened_before` is whole, so it is compared with whole numbers: by its index, not one interval after another.
INSTALL = """
CREATE OR REPLACE FUNCTION business_due(of_calendar bigint, start timestamptz, seconds double precision)
RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    wanted double precision;
    bound bigint;
    opens timestamptz;
    closes timestamptz;
    before bigint;
    found timestamptz;
BEGIN
    IF of_calendar IS NULL OR seconds = 0 THEN
        RETURN start + seconds * interval '1 second';
    END IF;
    wanted := business_position(of_calendar, start) + seconds;
    bound := CASE WHEN seconds > 0 THEN ceil(wanted) - 1 ELSE floor(wanted) END;
    SELECT starts_at, ends_at, opened_before INTO opens, closes, before FROM routing_openinterval
    WHERE calendar_id = of_calendar AND opened_before <= bound ORDER BY opened_before DESC LIMIT 1;
    found := opens + (wanted - before) * interval '1 second';
    RETURN CASE WHEN found <= closes THEN found END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0006_trusted")]

    operations = [migrations.RunSQL(INSTALL, migrations.RunSQL.noop)]
