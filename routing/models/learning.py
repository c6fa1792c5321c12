from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Example(models.Model):
    """A message of which a colleague said where it belongs, and why. `message` is the id of one of the inbox's.

    A stable part is held back: no model learns from it, all of them are judged on it.
    """

    class Source(models.TextChoices):
        HANDOVER = "handover", _("Handed over")
        TRIAGE = "triage", _("Sorted from Triage")
        SPAM = "spam", _("Marked as spam")
        NOT_SPAM = "not_spam", _("Taken out of what was set aside")
        SIMILAR = "similar", _("Moved with one like it")

    message = models.BigIntegerField(unique=True)
    text = models.TextField()
    earlier = models.TextField(blank=True, help_text=_("What was said before in the same conversation."))
    language = models.CharField(max_length=20, blank=True)
    network = models.CharField(max_length=50, blank=True)
    department = models.CharField(max_length=50, help_text=_("Slug of a department, or noise."))
    was = models.CharField(max_length=50, blank=True, help_text=_("What the router had said."))
    was_by = models.CharField(max_length=10, blank=True, help_text=_("Who had said so: a rule, the classifier …"))
    probabilities = models.JSONField(default=dict, help_text=_("The classifier's, then."))
    source = models.CharField(max_length=8, choices=Source.choices)
    reason = models.TextField(blank=True)
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()
    is_held_back = models.BooleanField()
    embedding = models.BinaryField(null=True, help_text=_("The encoder's opinion of the text, float16."))

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(department=""), name="example_has_department")]
        indexes = [models.Index(F("at").desc(), F("id").desc(), name="example_newest")]

    def __str__(self) -> str:
        return f"message {self.message} belongs to {self.department}"


class TrainedModel(models.Model):
    """A classifier that was trained here: the champion decides, a challenger must be better to become it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be trained")
        TRAINING = "training", _("Being trained")
        FAILED = "failed", _("Could not be trained")
        REJECTED = "rejected", _("Not better")
        CHAMPION = "champion", _("In use")
        RETIRED = "retired", _("Was in use")

    version = models.CharField(max_length=50, null=True, unique=True)  # noqa: DJ001
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    weights = models.BinaryField(null=True)
    examples = models.PositiveIntegerField(default=0)
    corrections = models.PositiveIntegerField(default=0)
    figures = models.JSONField(
        default=dict, help_text=_("Measured on examples held back, beside the champion of then.")
    )
    error = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    asked_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    trained_at = models.DateTimeField(null=True)
    promoted_at = models.DateTimeField(null=True)
    promoted_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], name="one_champion", condition=Q(state="champion")),
            models.UniqueConstraint(fields=["state"], name="one_training", condition=Q(state="training")),
            models.CheckConstraint(
                condition=~Q(state__in=["champion", "retired"]) | Q(weights__isnull=False, version__isnull=False),
                name="champion_has_weights",
            ),
        ]

    def __str__(self) -> str:
        return self.version or f"model {self.pk}"
