"""What jobs did with conversations: gave them to somebody, warned of them."""

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from inbox.models.conversations import Conversation


class Assignment(models.Model):
    """That a conversation was given to somebody without anybody's choosing, and why to them."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    explanation = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("user", F("at").desc(), name="assigned_to")]

    def __str__(self) -> str:
        return f"#{self.conversation_id} to {self.user_id}"


class Escalation(models.Model):
    """That a step was taken because a reply was nearly due, or late. Each once for one deadline."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="escalations", db_index=False)
    step = models.ForeignKey("routing.Step", on_delete=models.CASCADE, related_name="+", db_index=False)
    waiting_since = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "step", "waiting_since"], name="escalated_once")]

    def __str__(self) -> str:
        return f"step {self.step_id} for #{self.conversation_id}"


class Restating(models.Model):
    """That the deadlines of all conversations are to be worked out anew, and how far that has come."""

    reached = models.BigIntegerField(default=0, help_text=_("The conversation up to which it has been done."))
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"deadlines after #{self.reached}"
