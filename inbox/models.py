from typing import TYPE_CHECKING

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
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

    def open(self) -> "ConversationQuerySet":
        """What is to be done now."""
        return self.filter(state=Conversation.State.OPEN)

    def newest_first(self) -> "ConversationQuerySet":
        """The order of every list: by the last message, then by id, which makes it a total one."""
        return self.order_by("-last_message_at", "-id")


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
            models.Index(F("last_message_at").desc(), F("id").desc(), name="open_newest", condition=Q(state="open")),
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
            models.Index(fields=["department", "due_at"], name="open_due", condition=Q(state="open")),
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
                name="all_open_waiting",
                condition=Q(state="open", waiting_since__isnull=False),
            ),
            models.Index(
                "assignee",
                "waiting_since",
                "id",
                name="assigned_waiting",
                condition=Q(state="open", waiting_since__isnull=False),
            ),
            models.Index("due_at", "id", name="all_open_due", condition=Q(state="open", due_at__isnull=False)),
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


class RoleSuggestion(models.Model):
    """That a rule takes the author of a message for something: a person says whether it is so."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    identity = models.ForeignKey(
        "contacts.Identity", on_delete=models.CASCADE, related_name="role_suggestions", db_index=False
    )
    kind = models.ForeignKey("contacts.RoleKind", on_delete=models.CASCADE, related_name="+", db_index=False)
    message = models.ForeignKey("Message", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    rule = models.BigIntegerField()
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "kind"], name="role_suggested_once")]

    def __str__(self) -> str:
        return f"{self.kind_id} for identity {self.identity_id}"


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
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note {self.pk} on #{self.conversation_id}"


class Delivery(models.Model):
    """The way of a reply to its network. See inbox/deliver.py for the promises that the states keep."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")
        UNCONFIRMED = "unconfirmed", _("Unconfirmed")

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="delivery")
    channel = models.ForeignKey(
        "connectors.Channel", on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    state = models.CharField(max_length=17, choices=State.choices)
    click = models.UUIDField(unique=True, help_text=_("Made by the browser with the form: one click, one reply."))
    client_key = models.UUIDField(help_text=_("What the network may recognise the reply by when it is tried again."))
    send_after = models.DateTimeField()
    close_after = models.BooleanField(default=False)
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
                    state__in=["draft", "awaiting_approval", "queued", "sending", "sent", "failed", "unconfirmed"]
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


class Decision(models.Model):
    """What the router said about a message, and the evidence for it.

    `rule` and `ruleset` are routing's: a rule's number, and the id of the version in which it stood. `signals` are the
    facts that rules saw beside the message itself. `first` is the quick decision that a second look replaced.
    """

    class Source(models.TextChoices):
        BLOCK = "block", _("Block")
        RULE = "rule", _("Rule")
        CONTINUITY = "continuity", _("Open conversation")
        CLASSIFIER = "classifier", _("Classifier")

    class Look(models.TextChoices):
        FULL = "full", _("At once")
        QUICK = "quick", _("Quick, to be looked at again")
        SECOND = "second", _("Second look")

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="decision")
    channel = models.ForeignKey("connectors.Channel", on_delete=models.CASCADE, db_index=False)
    outcome = models.CharField(max_length=50, help_text=_("Slug of a department, or noise."))
    source = models.CharField(max_length=10, choices=Source.choices)
    rule = models.BigIntegerField(null=True, db_column="rule_id")
    ruleset = models.BigIntegerField(null=True)
    look = models.CharField(max_length=6, choices=Look.choices, default=Look.FULL, db_default=Look.FULL)
    confidence = models.FloatField()
    runner_up = models.CharField(max_length=50, blank=True)
    threshold = models.FloatField()
    probabilities = models.JSONField()
    contributors = models.JSONField(default=list)
    evidence = models.JSONField()
    signals = models.JSONField(default=dict, db_default={})
    actions = models.JSONField(default=dict, db_default={})
    first = models.JSONField(null=True)
    version = models.CharField(max_length=50)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence__gte=0) & Q(confidence__lte=1), name="decision_confidence_is_a_probability"
            )
        ]
        indexes = [
            models.Index(F("at").desc(), F("message").desc(), name="decision_newest"),
            models.Index(fields=["message"], name="decision_quick", condition=Q(look="quick")),
            models.Index(fields=["rule", "at"], name="decision_by_rule", condition=Q(rule__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} for message {self.message_id}"


class DryRun(models.Model):
    """What a draft of rules or thresholds would have done with the messages of the last days. It changes nothing."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Stopped")

    ruleset = models.ForeignKey("routing.Ruleset", null=True, on_delete=models.SET_NULL, related_name="+")
    rules = models.JSONField(default=list, help_text=_("As they were when it was asked for."))
    thresholds = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"dry run {self.pk}"


class RoutingDay(models.Model):
    """How many decisions of a day went where, by whom, and how many of them people put right. Worked out by a job."""

    day = models.DateField()
    outcome = models.CharField(max_length=50)
    source = models.CharField(max_length=10)
    rule = models.BigIntegerField(null=True)
    decided = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "outcome", "source", "rule"], name="routing_day_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.outcome} by {self.source}"


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


class Draft(models.Model):
    """What a colleague has begun to write in a conversation and not sent; kept while they type."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="drafts", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation"], name="draft_once")]

    def __str__(self) -> str:
        return f"draft of {self.user_id} in #{self.conversation_id}"


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


class Seen(models.Model):
    """Up to which message a colleague has read a conversation."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="seen", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="seen")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation"], name="seen_once")]

    def __str__(self) -> str:
        return f"{self.user_id} saw #{self.conversation_id}"
