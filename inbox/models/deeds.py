"""What colleagues did and can take back."""

from django.db import models
from django.db.models import F, Q


class Deed(models.Model):
    """One thing that a colleague did with one or more conversations, and how each was before and after.

    `parts` is a list of `{"id": conversation, "before": {...}, "after": {...}}` with the fields that changed; taking
    the deed back puts `before` there again wherever a conversation still is as `after` says (see inbox/undo.py).
    """

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="deeds", db_index=False)
    verb = models.CharField(max_length=20)
    said = models.CharField(max_length=200, help_text="What the person was told that they did.")
    parts = models.JSONField(default=list)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("user", F("at").desc(), F("id").desc(), name="deeds_to_undo", condition=Q(undone_at=None)),
            models.Index(fields=["at"], name="deed_age"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.user_id}"
