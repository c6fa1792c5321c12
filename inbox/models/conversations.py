"""Conversations, and what is known of each: who owns it, who takes part, what it is filed under."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from people.models import TRIAGE

if TYPE_CHECKING:
    from people.models import User


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: "User") -> "ConversationQuerySet":
        """The one door to conversations: every active colleague sees every customer, whoever owns the conversation."""
        return self if user.is_active else self.none()

    def actionable_by(self, user: "User") -> "ConversationQuerySet":
        """Where `user` may act: their departments, Triage, where they contribute; managers everywhere."""
        if user.is_manager:
            return self.visible_to(user)
        mine = user.departments.values("pk")
        contributes = Contributor.objects.filter(conversation=OuterRef("pk"), department__in=mine)
        return self.visible_to(user).filter(
            Q(department__in=mine) | Q(department__slug=TRIAGE) | Q(assignee=user) | Exists(contributes)
        )

    def there(self) -> "ConversationQuerySet":
        """Not of somebody who is being erased: their conversations are gone for everybody before they are."""
        return self.filter(identity__contact__is_erased=False)

    def open(self) -> "ConversationQuerySet":
        """What is to be done now."""
        return self.filter(state=Conversation.State.OPEN)

    def newest_first(self) -> "ConversationQuerySet":
        """The order of every list: by the last message, then by id, which makes it a total one."""
        return self.order_by("-last_message_at", "-id")


# What a filter of a list may ask of a conversation itself.
_FILTERED = ("department", "assignee", "channel", "priority", "language", "tone")


class Conversation(models.Model):
    """One identity's exchange with us in one thread on one channel: the unit of work."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SNOOZED = "snoozed", _("Snoozed")
        CLOSED = "closed", _("Closed")
        NOISE = "noise", _("Set aside")

    class Priority(models.IntegerChoices):
        LOW = 0, _("Low")
        NORMAL = 1, _("Normal")
        HIGH = 2, _("High")
        URGENT = 3, _("Urgent")

    channel = models.ForeignKey("connectors.Channel", on_delete=models.CASCADE, related_name="conversations")
    identity = models.ForeignKey("contacts.Identity", on_delete=models.PROTECT, related_name="conversations")
    thread_id = models.CharField(max_length=500)
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="conversations")
    assignee = models.ForeignKey(
        "people.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="conversations"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # Denormalised for the list: one row of it is one row here.
    snippet = models.CharField(max_length=200, blank=True)
    last_message_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, help_text=_("Oldest message of the customer without an answer."))
    due_at = models.DateTimeField(null=True, help_text=_("When the first reply is late; empty once answered."))
    moved_by_hand = models.BooleanField(default=False, help_text=_("A person chose the owner; the router keeps out."))
    priority = models.SmallIntegerField(
        choices=Priority.choices,
        default=Priority.NORMAL,
        db_default=Priority.NORMAL,
        help_text=_("3 is the most urgent."),
    )
    # The clock of the reply that is due stood still for so long, in seconds of business time, and does since.
    paused_seconds = models.PositiveIntegerField(default=0, db_default=0)
    paused_since = models.DateTimeField(null=True)
    # How often a person has handed it over; kept with each hand-over, because the board says where it is often.
    handovers = models.PositiveSmallIntegerField(default=0, db_default=0)
    # In which language and tone the customer last wrote; see inbox/hearing.py.
    language = models.CharField(max_length=20, blank=True, default="", db_default="")
    tone = models.SmallIntegerField(null=True)
    created_at = models.DateTimeField()

    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "thread_id", "identity"], name="conversation_once"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "snoozed", "closed", "noise"]), name="conversation_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="snoozed", snoozed_until__isnull=False)
                | (~Q(state="snoozed") & Q(snoozed_until__isnull=True)),
                name="conversation_snoozed_until",
            ),
            models.CheckConstraint(condition=Q(priority__gte=0, priority__lte=3), name="conversation_priority_known"),
        ]
        indexes = [
            # The orders of all open conversations, with what filters ask for behind: an index tells by itself which of
            # a hundred thousand are left, where looking into the table for each of them would take a blink.
            models.Index(
                F("last_message_at").desc(),
                F("id").desc(),
                *_FILTERED,
                "waiting_since",
                "due_at",
                name="open_newest_narrowed",
                condition=Q(state="open"),
            ),
            models.Index(
                "department",
                F("last_message_at").desc(),
                F("id").desc(),
                name="open_by_department",
                condition=Q(state="open"),
            ),
            models.Index(
                "assignee",
                F("last_message_at").desc(),
                F("id").desc(),
                name="open_by_assignee",
                condition=Q(state="open"),
            ),
            models.Index(
                F("last_message_at").desc(),
                F("id").desc(),
                name="open_unassigned",
                condition=Q(state="open", assignee=None),
            ),
            # What is late is put in any order without a look at the table: it may be a fifth of what is open.
            models.Index(
                fields=["department", "due_at"],
                include=["id", "last_message_at"],
                name="open_due_covering",
                condition=Q(state="open"),
            ),
            # Which languages occur, and a seldom one among all that is closed.
            models.Index(fields=["language"], name="conversation_language"),
            models.Index(fields=["snoozed_until"], name="snoozed_until", condition=Q(state="snoozed")),
            models.Index(
                "state", F("last_message_at").desc(), F("id").desc(), name="not_open_newest", condition=~Q(state="open")
            ),
            models.Index("identity", F("last_message_at").desc(), name="conversation_of_identity"),
            models.Index(
                "department",
                "waiting_since",
                "id",
                name="open_waiting",
                condition=Q(state="open", waiting_since__isnull=False),
            ),
            # The orders by who waits longest and whose reply is due first, where no department is asked for. Those of
            # nobody are asked for by `assignee IS NULL`, ordered by assignee first, so that they are in order here too.
            models.Index(
                "waiting_since",
                "id",
                *_FILTERED,
                "due_at",
                name="open_waiting_narrowed",
                condition=Q(state="open", waiting_since__isnull=False),
            ),
            models.Index(
                "assignee",
                "waiting_since",
                "id",
                name="assigned_waiting",
                condition=Q(state="open", waiting_since__isnull=False),
            ),
            models.Index(
                "due_at",
                "id",
                *_FILTERED,
                "waiting_since",
                name="open_due_narrowed",
                condition=Q(state="open", due_at__isnull=False),
            ),
            models.Index(
                "assignee", "due_at", "id", name="assigned_due", condition=Q(state="open", due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Tally(models.Model):
    """How many conversations stand in each state, department and hands. Kept by a trigger (migration 0002).

    Rows are signed differences; the sum of a group is its count. Appending a difference locks nothing, so two workers
    never wait for one another on a counter; `inbox.tally.fold` sums them up now and then.
    """

    department = models.ForeignKey("people.Department", on_delete=models.CASCADE, db_index=False)
    assignee = models.ForeignKey("people.User", null=True, on_delete=models.CASCADE, db_index=False)
    state = models.CharField(max_length=8)
    difference = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.difference:+d} {self.state} in {self.department_id}"


class Contributor(models.Model):
    """Another department that takes part in a conversation, with the reason."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="contributors")
    department = models.ForeignKey("people.Department", on_delete=models.CASCADE, related_name="contributions")
    reason = models.TextField()
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "department"], name="contributor_once")]

    def __str__(self) -> str:
        return f"{self.department_id} in #{self.conversation_id}"


class ConversationTag(models.Model):
    """A word that a conversation is filed under, by a colleague or by a rule."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="tags", db_index=False)
    name = models.CharField(max_length=50)
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    rule = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "name"], name="conversation_tag_once")]
        indexes = [models.Index(fields=["name", "conversation"], name="conversation_tag_named")]

    def __str__(self) -> str:
        return self.name


class Seen(models.Model):
    """Up to which message a colleague has read a conversation."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="seen", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="seen")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation"], name="seen_once")]

    def __str__(self) -> str:
        return f"{self.user_id} saw #{self.conversation_id}"
