import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0007_habits"),
        ("contacts", "0006_erasures"),
        ("inbox", "0010_search_indexes"),
        ("people", "0004_presence"),
        ("routing", "0002_rulesets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("explanation", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ConversationTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50)),
                ("rule", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DryRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(default=list, help_text="As they were when it was asked for.")),
                ("thresholds", models.JSONField(default=dict)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("days", models.PositiveSmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Stopped"),
                        ],
                        default="queued",
                        max_length=9,
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("result", models.JSONField(default=dict)),
                ("error", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("waiting_since", models.DateTimeField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RoleSuggestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.BigIntegerField()),
                ("reason", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("accepted", "Accepted"), ("rejected", "Rejected")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RoutingDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("outcome", models.CharField(max_length=50)),
                ("source", models.CharField(max_length=10)),
                ("rule", models.BigIntegerField(null=True)),
                ("decided", models.PositiveIntegerField(default=0)),
                ("corrected", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="conversation",
            name="paused_seconds",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="conversation",
            name="paused_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="priority",
            field=models.SmallIntegerField(
                choices=[(0, "Low"), (1, "Normal"), (2, "High"), (3, "Urgent")],
                db_default=1,
                default=1,
                help_text="3 is the most urgent.",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="actions",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="decision",
            name="first",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="look",
            field=models.CharField(
                choices=[("full", "At once"), ("quick", "Quick, to be looked at again"), ("second", "Second look")],
                db_default="full",
                default="full",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="ruleset",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="signals",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AlterField(
            model_name="decision",
            name="rule",
            field=models.BigIntegerField(db_column="rule_id", null=True),
        ),
        migrations.AlterField(
            model_name="decision",
            name="source",
            field=models.CharField(
                choices=[
                    ("block", "Block"),
                    ("rule", "Rule"),
                    ("continuity", "Open conversation"),
                    ("classifier", "Classifier"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="conversation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="assignments", to="inbox.conversation"
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="conversationtag",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="conversationtag",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tags",
                to="inbox.conversation",
            ),
        ),
        migrations.AddField(
            model_name="dryrun",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="dryrun",
            name="ruleset",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="routing.ruleset"
            ),
        ),
        migrations.AddField(
            model_name="escalation",
            name="conversation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="escalations",
                to="inbox.conversation",
            ),
        ),
        migrations.AddField(
            model_name="escalation",
            name="step",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="routing.step"
            ),
        ),
        migrations.AddField(
            model_name="rolesuggestion",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rolesuggestion",
            name="identity",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="role_suggestions",
                to="contacts.identity",
            ),
        ),
        migrations.AddField(
            model_name="rolesuggestion",
            name="kind",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contacts.rolekind"
            ),
        ),
        migrations.AddField(
            model_name="rolesuggestion",
            name="message",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="inbox.message",
            ),
        ),
        migrations.AddConstraint(
            model_name="routingday",
            constraint=models.UniqueConstraint(
                fields=("day", "outcome", "source", "rule"), name="routing_day_once", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(models.F("user"), models.OrderBy(models.F("at"), descending=True), name="assigned_to"),
        ),
        migrations.AddIndex(
            model_name="conversationtag",
            index=models.Index(fields=["name", "conversation"], name="conversation_tag_named"),
        ),
        migrations.AddConstraint(
            model_name="conversationtag",
            constraint=models.UniqueConstraint(fields=("conversation", "name"), name="conversation_tag_once"),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(fields=("conversation", "step", "waiting_since"), name="escalated_once"),
        ),
        migrations.AddConstraint(
            model_name="rolesuggestion",
            constraint=models.UniqueConstraint(fields=("identity", "kind"), name="role_suggested_once"),
        ),
    ]
