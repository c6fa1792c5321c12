"""Indexes and checks on tables that may be large: built beside the work that goes on."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("contacts", "0002_graph")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE contacts_contact VALIDATE CONSTRAINT contacts_contact_named_by_fk;", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            "ALTER TABLE contacts_contact VALIDATE CONSTRAINT contacts_contact_root_fk;", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            "ALTER TABLE contacts_identity VALIDATE CONSTRAINT contacts_identity_home_fk;", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            "ALTER TABLE contacts_contact VALIDATE CONSTRAINT contacts_contact_source_import_fk;",
            migrations.RunSQL.noop,
        ),
        RemoveIndexConcurrently(
            model_name="contact",
            name="contact_by_name",
        ),
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(condition=models.Q(("home__isnull", False)), fields=["home"], name="identity_home"),
        ),
        AddIndexConcurrently(
            model_name="identity",
            index=models.Index(
                condition=models.Q(("matched_at__isnull", True)), fields=["id"], name="identity_unmatched"
            ),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("is_us", False), ("root", None)), fields=["sort_key", "id"], name="person_by_name"
            ),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(condition=models.Q(("root__isnull", False)), fields=["root"], name="contact_parts"),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("source_import__isnull", False)), fields=["source_import"], name="contact_imported"
            ),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("sort_key", name="gin_trgm_ops"),
                condition=models.Q(("named_by__isnull", False)),
                name="contact_search",
            ),
        ),
        ValidateConstraint(model_name="contact", name="contact_is_not_its_own_part"),
    ]
