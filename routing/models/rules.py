from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RulesetQuerySet(models.QuerySet["Ruleset"]):
    def published(self) -> "RulesetQuerySet":
        """The one in force, if any was ever published."""
        return self.filter(state=Ruleset.State.PUBLISHED)

    def draft(self) -> "RulesetQuerySet":
        """The one that managers work on, if they do."""
        return self.filter(state=Ruleset.State.DRAFT)


class Ruleset(models.Model):
    """The managers' rules and thresholds in one version. Once published it is never changed: another one follows it.

    A rule is JSON, its form is checked by routing/rules.py; its `id` stays the same over all versions.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    number = models.PositiveIntegerField(null=True, unique=True, help_text=_("Counts what was published."))
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    rules = models.JSONField(default=list, help_text=_("In the managers' order."))
    thresholds = models.JSONField(default=dict, help_text=_("Probabilities by slug of a department, and of noise."))
    next_rule_id = models.PositiveBigIntegerField(default=1)
    revision = models.PositiveIntegerField(default=0, help_text=_("Counts the changes to a draft."))
    based_on = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.TextField(blank=True)
    author = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    published_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RulesetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], name="one_draft", condition=Q(state="draft")),
            models.UniqueConstraint(fields=["state"], name="one_published", condition=Q(state="published")),
            models.CheckConstraint(
                condition=Q(state="draft", number__isnull=True)
                | (~Q(state="draft") & Q(number__isnull=False, published_at__isnull=False)),
                name="published_is_numbered",
            ),
        ]

    def __str__(self) -> str:
        return f"rules {self.number or 'draft'}"
