from django.db import models


class RuleQuerySet(models.QuerySet["Rule"]):
    def published(self) -> "RuleQuerySet":
        """The rules in force, in the managers' order."""
        return self.filter(is_active=True).order_by("position", "id")


class Rule(models.Model):
    """A manager's instruction to the router: when all of `conditions` hold, `department` owns the message."""

    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    conditions = models.JSONField()
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="rules")
    contributors = models.ManyToManyField("people.Department", blank=True, related_name="contributing_rules")
    is_active = models.BooleanField(default=True)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RuleQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
