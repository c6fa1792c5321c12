"""What the router said of messages, and what came of it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inbox.models.messages import Message


class Decision(models.Model):
    """What the router said about a message, and the evidence for it.

    `rule` and `ruleset` are routing's: a rule's number, and the id of the version in which it stood. `signals` are the
    facts that rules saw beside the message itself. `first` is the quick decision that a second look replaced.
    """

    class Source(models.TextChoices):
        BLOCK = "block", _("Block")
        RULE = "rule", _("Rule")
        CONTINUITY = "continuity", _("Open conversation")
        CLASSIFIER = "classifier", _("Classifier")

    class Look(models.TextChoices):
        FULL = "full", _("At once")
        QUICK = "quick", _("Quick, to be looked at again")
        SECOND = "second", _("Second look")

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="decision")
    channel = models.ForeignKey("connectors.Channel", on_delete=models.CASCADE, db_index=False)
    outcome = models.CharField(max_length=50, help_text=_("Slug of a department, or noise."))
    source = models.CharField(max_length=10, choices=Source.choices)
    rule = models.BigIntegerField(null=True, db_column="rule_id")
    ruleset = models.BigIntegerField(null=True)
    look = models.CharField(max_length=6, choices=Look.choices, default=Look.FULL, db_default=Look.FULL)
    confidence = models.FloatField()
    runner_up = models.CharField(max_length=50, blank=True)
    threshold = models.FloatField()
    probabilities = models.JSONField()
    contributors = models.JSONField(default=list)
    evidence = models.JSONField()
    signals = models.JSONField(default=dict, db_default={})
    actions = models.JSONField(default=dict, db_default={})
    first = models.JSONField(null=True)
    version = models.CharField(max_length=50)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence__gte=0) & Q(confidence__lte=1), name="decision_confidence_is_a_probability"
            )
        ]
        indexes = [
            models.Index(F("at").desc(), F("message").desc(), name="decision_newest"),
            models.Index(fields=["message"], name="decision_quick", condition=Q(look="quick")),
            models.Index(fields=["rule", "at"], name="decision_by_rule", condition=Q(rule__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} for message {self.message_id}"


class DryRun(models.Model):
    """What a draft of rules or thresholds would have done with the messages of the last days. It changes nothing."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Stopped")

    ruleset = models.ForeignKey("routing.Ruleset", null=True, on_delete=models.SET_NULL, related_name="+")
    rules = models.JSONField(default=list, help_text=_("As they were when it was asked for."))
    thresholds = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"dry run {self.pk}"


class RoutingDay(models.Model):
    """How many decisions of a day went where, by whom, and how many of them people put right. Worked out by a job."""

    day = models.DateField()
    outcome = models.CharField(max_length=50)
    source = models.CharField(max_length=10)
    rule = models.BigIntegerField(null=True)
    decided = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "outcome", "source", "rule"], name="routing_day_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.outcome} by {self.source}"


class RoleSuggestion(models.Model):
    """That a rule takes the author of a message for something: a person says whether it is so."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    identity = models.ForeignKey(
        "contacts.Identity", on_delete=models.CASCADE, related_name="role_suggestions", db_index=False
    )
    kind = models.ForeignKey("contacts.RoleKind", on_delete=models.CASCADE, related_name="+", db_index=False)
    message = models.ForeignKey("Message", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    rule = models.BigIntegerField()
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "kind"], name="role_suggested_once")]

    def __str__(self) -> str:
        return f"{self.kind_id} for identity {self.identity_id}"
