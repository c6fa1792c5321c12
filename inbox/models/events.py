"""The timeline's log."""

from django.db import models
from django.db.models import F, Q

from inbox.models.conversations import Conversation
from inbox.models.messages import Message, Note


class Event(models.Model):
    """One entry of the timeline. Written by inbox.events.record alone; kinds are declared there.

    What happened in a conversation bears its channel, conversation and identity. What concerns a person as such (a
    role, a merge, a deal) bears the contact that it was said of, and none of those.
    """

    channel = models.ForeignKey("connectors.Channel", null=True, on_delete=models.CASCADE, db_index=False)
    identity = models.ForeignKey(
        "contacts.Identity", null=True, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    contact = models.ForeignKey(
        "contacts.Contact", null=True, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="events", db_index=False)
    note = models.ForeignKey(Note, null=True, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=30)
    actor = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="events", db_index=False
    )
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    contact__isnull=True, channel__isnull=False, identity__isnull=False, conversation__isnull=False
                )
                | Q(contact__isnull=False, channel__isnull=True, identity__isnull=True, conversation__isnull=True),
                name="event_of_conversation_or_contact",
            )
        ]
        indexes = [
            models.Index("identity", F("at").desc(), F("id").desc(), name="timeline"),
            models.Index("conversation", F("at").desc(), F("id").desc(), name="event_of_conversation"),
            models.Index(
                "contact",
                F("at").desc(),
                F("id").desc(),
                name="event_of_contact",
                condition=Q(contact__isnull=False),
            ),
            # Few events are anything else: whoever looks for those need not pass by all messages.
            models.Index(
                "identity",
                F("at").desc(),
                F("id").desc(),
                name="timeline_beside_messages",
                condition=~Q(kind="message"),
            ),
            models.Index(fields=["message"], name="event_of_message", condition=Q(message__isnull=False)),
            models.Index(fields=["note"], name="event_of_note", condition=Q(note__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"
