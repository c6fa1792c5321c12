"""What was said: messages with their versions, and notes."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inbox.models.conversations import Conversation


class Week(models.Func):
    """The Monday that a time's week begins with, in UTC."""

    function = "date_bin"
    template = "%(function)s('7 days', %(expressions)s, timestamptz '2000-01-03 00:00:00+00')"
    output_field = models.DateTimeField()


class Words(models.Func):
    """The words of a message's title and text; the function is the database's own, made by a migration."""

    function = "inbox_words"
    output_field = SearchVectorField()


class Message(models.Model):
    """One thing that somebody said. `identity` is the customer's, also where the company speaks."""

    class Direction(models.TextChoices):
        IN = "in", _("In")
        OUT = "out", _("Out")

    class Kind(models.TextChoices):
        MENTION = "mention", _("Mention")
        POST = "post", _("Post")
        COMMENT = "comment", _("Comment")
        REVIEW = "review", _("Review")
        DIRECT = "direct", _("Direct message")
        EMAIL = "email", _("E-mail")

    channel = models.ForeignKey("connectors.Channel", on_delete=models.CASCADE, related_name="messages", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    identity = models.ForeignKey("contacts.Identity", on_delete=models.PROTECT, related_name="messages", db_index=False)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.IN)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    external_id = models.CharField(max_length=500, null=True, help_text=_("Empty until the network has taken a reply."))  # noqa: DJ001
    parent_id = models.CharField(max_length=500, blank=True, help_text=_("External id of what this answers."))
    text = models.TextField(blank=True)
    title = models.CharField(max_length=500, blank=True, db_default="", help_text=_("An e-mail's subject, a headline."))
    html = models.TextField(blank=True, db_default="", help_text=_("As it came; made safe when it is shown."))
    quoted = models.TextField(blank=True, db_default="", help_text=_("Earlier messages that an e-mail repeats."))
    automatic = models.BooleanField(default=False, db_default=False, help_text=_("No person wrote this."))
    is_past = models.BooleanField(
        default=False, db_default=False, help_text=_("Brought in by a back-fill: nobody waits for an answer to it.")
    )
    language = models.CharField(max_length=20, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    attachments = models.JSONField(default=list)
    context = models.JSONField(default=list, help_text=_("The posts that this one answers or quotes."))
    raw = models.JSONField(default=dict, help_text=_("The network's payload and every field that we don't know."))
    author = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="messages", db_index=False
    )
    posted_at = models.DateTimeField()
    created_at = models.DateTimeField()
    # Of the version that is shown; see inbox/versions.py for why the digest takes part in the order.
    version_at = models.DateTimeField()
    digest = models.CharField(max_length=32, blank=True)
    sentiment = models.SmallIntegerField(null=True, help_text=_("-1, 0 or 1; empty until somebody asked for it."))
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True, help_text=_("Deleted at the source; its content is gone here too."))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="message_once"),
            models.CheckConstraint(condition=Q(direction__in=["in", "out"]), name="message_direction_known"),
            models.CheckConstraint(
                condition=Q(direction="out") | Q(external_id__isnull=False), name="message_in_has_external_id"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(text="", attachments=[], raw={}),
                name="message_deleted_is_empty",
            ),
        ]
        indexes = [
            models.Index(F("posted_at").desc(), F("id").desc(), name="message_newest"),
            models.Index("conversation", F("posted_at").desc(), F("id").desc(), name="message_of_conversation"),
            models.Index("identity", F("posted_at").desc(), F("id").desc(), name="message_said_by"),
            models.Index(fields=["channel", "parent_id"], name="message_answers", condition=~Q(parent_id="")),
            # By week as well, so that a common word is looked for in a short time only; see inbox/search/messages.py.
            GinIndex(Week("posted_at"), Words("title", "text"), name="message_words_by_week"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Version(models.Model):
    """A version of a message that was edited: what it said before, or a correction that an even later one replaced."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    channel = models.ForeignKey("connectors.Channel", on_delete=models.CASCADE, db_index=False)
    is_edit = models.BooleanField()
    at = models.DateTimeField()
    digest = models.CharField(max_length=32)
    text = models.TextField(blank=True)
    attachments = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "at", "is_edit", "digest"], name="version_once")]

    def __str__(self) -> str:
        return f"version of message {self.message_id} at {self.at}"


class Tombstone(models.Model):
    """What was deleted at its network, also when it never reached us: the next pull may not bring it back."""

    channel = models.ForeignKey("connectors.Channel", on_delete=models.CASCADE, db_index=False)
    external_id = models.CharField(max_length=500)
    deleted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="tombstone_once")]

    def __str__(self) -> str:
        return f"tombstone of {self.external_id}"


class Note(models.Model):
    """Something that a colleague wrote for colleagues; never leaves the company."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="notes")
    text = models.TextField()
    # Made by the browser with the form: one click, one note.
    click = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["click"], condition=Q(click__isnull=False), name="note_clicked_once")
        ]

    def __str__(self) -> str:
        return f"note {self.pk} on #{self.conversation_id}"
