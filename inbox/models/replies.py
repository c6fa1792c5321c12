"""Answers on their way: begun, queued, sent, and what was promised in them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inbox.models.conversations import Conversation
from inbox.models.messages import Message


class Delivery(models.Model):
    """The way of a reply to its network. See inbox/deliver.py for the promises that the states keep."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
        QUEUED = "queued", _("Queued")
        HELD = "held", _("Held back")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")
        UNCONFIRMED = "unconfirmed", _("Unconfirmed")

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="delivery")
    # The account that sends it: mostly the conversation's own, under which the message stands in any case.
    channel = models.ForeignKey(
        "connectors.Channel", on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    state = models.CharField(max_length=17, choices=State.choices)
    click = models.UUIDField(unique=True, help_text=_("Made by the browser with the form: one click, one reply."))
    client_key = models.UUIDField(help_text=_("What the network may recognise the reply by when it is tried again."))
    send_after = models.DateTimeField()
    close_after = models.BooleanField(default=False)
    # The part that inbox/restoring.py puts back; empty where it was closed already.
    closed = models.JSONField(null=True, help_text=_("How the conversation stood before it was closed with this."))
    is_later = models.BooleanField(
        default=False, db_default=False, help_text=_("To be sent at a chosen time, unless the customer writes first.")
    )
    # The part of a split reply that goes before this one: this one leaves once that has arrived, and answers it.
    follows = models.ForeignKey(
        Message, null=True, on_delete=models.SET_NULL, related_name="followed_by", db_index=False
    )
    audience = models.CharField(
        max_length=20, blank=True, db_default="", help_text=_("Who may read it, of those offered.")
    )
    lease_until = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "draft",
                        "awaiting_approval",
                        "queued",
                        "held",
                        "sending",
                        "sent",
                        "failed",
                        "unconfirmed",
                    ]
                ),
                name="delivery_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(lease_until__isnull=False, attempted_at__isnull=False),
                name="delivery_sending_is_leased",
            ),
        ]
        indexes = [
            models.Index(fields=["send_after"], name="delivery_queued", condition=Q(state="queued")),
            models.Index(fields=["lease_until"], name="delivery_sending", condition=Q(state="sending")),
            models.Index(fields=["follows"], name="delivery_follows", condition=Q(follows__isnull=False)),
            models.Index(
                fields=["channel"], name="delivery_in_doubt", condition=Q(state__in=["failed", "unconfirmed"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} delivery of message {self.message_id}"


class Upload(models.Model):
    """A file that goes out with a reply."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    alt = models.TextField(blank=True)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What a colleague has begun to write in a conversation and not sent; kept while they type, a reply and a note
    apart."""

    class Mode(models.TextChoices):
        REPLY = "reply", _("Reply")
        NOTE = "note", _("Note")

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="drafts", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    mode = models.CharField(max_length=5, choices=Mode.choices, default=Mode.REPLY, db_default=Mode.REPLY)
    text = models.TextField()
    # The account that is to answer, where another one than the usual was chosen. No key: it is asked for by its number,
    # among those that can answer, and one that is gone is none of them.
    account = models.BigIntegerField(null=True)
    macros = models.JSONField(default=list, db_default=[], help_text=_("The numbers of the macros that went into it."))
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation", "mode"], name="draft_once")]

    def __str__(self) -> str:
        return f"draft of {self.user_id} in #{self.conversation_id}"


class DraftFile(models.Model):
    """A file that a colleague has put to what they are writing; it goes out with it, or goes with the draft."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="draft_files", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="draft_files", db_index=False)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    alt = models.TextField(blank=True)
    content = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["conversation", "user"], name="draft_files_of")]

    def __str__(self) -> str:
        return self.name


class Promise(models.Model):
    """Something that a colleague told a customer they would do; open until it is kept or taken back."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="promises")
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="promises")
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="promises")
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="promises")
    text = models.CharField(max_length=500)
    due_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    is_kept = models.BooleanField(null=True, help_text=_("Empty while it is open."))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, is_kept__isnull=True)
                | Q(settled_at__isnull=False, is_kept__isnull=False),
                name="promise_settled_one_way",
            )
        ]
        indexes = [
            models.Index(fields=["conversation"], name="promise_open", condition=Q(settled_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.text
