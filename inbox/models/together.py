"""How colleagues work on the same things: who is called upon, who follows what, what belongs together."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from inbox.models.conversations import Conversation
from inbox.models.messages import Note


class Mention(models.Model):
    """That a note calls upon a colleague."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="mentions", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="mention_once")]
        indexes = [
            models.Index("user", "conversation", name="mentions_of"),
            models.Index("user", F("id").desc(), name="mentions_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in #{self.conversation_id}"


class Follow(models.Model):
    """That a colleague wants to know what happens in a conversation, or to a person."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="follows", db_index=False)
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.CASCADE, related_name="follows", db_index=False
    )
    contact = models.ForeignKey(
        "contacts.Contact", null=True, on_delete=models.CASCADE, related_name="follows", db_index=False
    )
    at = models.DateTimeField()
    # Up to when they were told what customers wrote there.
    told_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(conversation__isnull=True) ^ Q(contact__isnull=True), name="follow_one_thing"
            ),
            models.UniqueConstraint(
                fields=["conversation", "user"], name="follow_conversation_once", condition=Q(contact=None)
            ),
            models.UniqueConstraint(
                fields=["contact", "user"], name="follow_contact_once", condition=Q(conversation=None)
            ),
        ]
        indexes = [models.Index("user", F("at").desc(), name="followed_by")]

    def __str__(self) -> str:
        return f"{self.user_id} follows"


class Link(models.Model):
    """That two conversations belong together, and why. The one with the lower number is `one`."""

    one = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="links", db_index=False)
    other = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="linked")
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="link_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="link_in_order"),
        ]

    def __str__(self) -> str:
        return f"#{self.one_id} and #{self.other_id}"


class Notification(models.Model):
    """That something was to be told to a colleague, in the app or by e-mail. See inbox/notifying.py for the kinds."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="notifications", db_index=False)
    kind = models.CharField(max_length=20)
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE, related_name="notifications")
    actor = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    in_app = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True)
    # When an e-mail is to leave; empty where none is wanted, or it has left.
    mail_after = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("user", F("at").desc(), F("id").desc(), name="notifications_of", condition=Q(in_app=True)),
            models.Index("user", name="notifications_unread", condition=Q(in_app=True, read_at=None)),
            models.Index(fields=["mail_after"], name="notifications_to_mail", condition=Q(mail_after__isnull=False)),
            models.Index(fields=["at"], name="notification_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"
