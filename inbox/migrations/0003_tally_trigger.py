from django.db import migrations

COLUMNS = "department_id, assignee_id, state"

INSTALL = f"""
CREATE FUNCTION inbox_tally_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inbox_tally ({COLUMNS}, difference)
    SELECT {COLUMNS}, count(*) FROM new_rows GROUP BY {COLUMNS};
    RETURN NULL;
END $$;

CREATE FUNCTION inbox_tally_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inbox_tally ({COLUMNS}, difference)
    SELECT {COLUMNS}, sum(difference) FROM (
        SELECT {COLUMNS}, 1 AS difference FROM new_rows
        UNION ALL
        SELECT {COLUMNS}, -1 FROM old_rows
    ) AS changes GROUP BY {COLUMNS} HAVING sum(difference) <> 0;
    RETURN NULL;
END $$;

CREATE FUNCTION inbox_tally_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inbox_tally ({COLUMNS}, difference)
    SELECT {COLUMNS}, -count(*) FROM old_rows GROUP BY {COLUMNS};
    RETURN NULL;
END $$;

CREATE TRIGGER inbox_tally_inserted AFTER INSERT ON inbox_conversation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox_tally_inserted();
CREATE TRIGGER inbox_tally_updated AFTER UPDATE ON inbox_conversation
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox_tally_updated();
CREATE TRIGGER inbox_tally_deleted AFTER DELETE ON inbox_conversation
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION inbox_tally_deleted();
"""

REMOVE = """
DROP TRIGGER inbox_tally_inserted ON inbox_conversation;
DROP TRIGGER inbox_tally_updated ON inbox_conversation;
DROP TRIGGER inbox_tally_deleted ON inbox_conversation;
DROP FUNCTION inbox_tally_inserted();
DROP FUNCTION inbox_tally_updated();
DROP FUNCTION inbox_tally_deleted();
"""


class Migration(migrations.Migration):
    dependencies = [("inbox", "0002_relations")]

    operations = [migrations.RunSQL(INSTALL, REMOVE)]
