from django.db import migrations

# Each looks into an index once or twice. An interval is whole, and knows how long its calendar was open before it.
INSTALL = """
CREATE FUNCTION business_position(of_calendar bigint, at timestamptz) RETURNS double precision
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE found double precision;
BEGIN
    SELECT opened_before + extract(epoch FROM least(at, ends_at) - starts_at) INTO found
    FROM routing_openinterval WHERE calendar_id = of_calendar AND starts_at <= at ORDER BY starts_at DESC LIMIT 1;
    RETURN coalesce(found, 0);
END $$;

CREATE FUNCTION business_seconds(of_calendar bigint, since timestamptz, until timestamptz) RETURNS double precision
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF of_calendar IS NULL THEN
        RETURN extract(epoch FROM until - since);
    END IF;
    RETURN business_position(of_calendar, until) - business_position(of_calendar, since);
END $$;

CREATE FUNCTION business_due(of_calendar bigint, start timestamptz, seconds double precision) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    wanted double precision;
    opens timestamptz;
    closes timestamptz;
    before bigint;
    found timestamptz;
BEGIN
    IF of_calendar IS NULL OR seconds = 0 THEN
        RETURN start + seconds * interval '1 second';
    END IF;
    wanted := business_position(of_calendar, start) + seconds;
    IF seconds > 0 THEN
        SELECT starts_at, ends_at, opened_before INTO opens, closes, before FROM routing_openinterval
        WHERE calendar_id = of_calendar AND opened_before < wanted ORDER BY opened_before DESC LIMIT 1;
    ELSE
        SELECT starts_at, ends_at, opened_before INTO opens, closes, before FROM routing_openinterval
        WHERE calendar_id = of_calendar AND opened_before <= wanted ORDER BY opened_before DESC LIMIT 1;
    END IF;
    found := opens + (wanted - before) * interval '1 second';
    RETURN CASE WHEN found <= closes THEN found END;
END $$;
"""

REMOVE = """
DROP FUNCTION business_due(bigint, timestamptz, double precision);
DROP FUNCTION business_seconds(bigint, timestamptz, timestamptz);
DROP FUNCTION business_position(bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0004_starter")]

    operations = [migrations.RunSQL(INSTALL, REMOVE)]
