import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

SETTLED = ("stored", "edited", "deleted", "duplicate", "rejected", "quarantined")
OUTCOMES = (*SETTLED, "pending")


class ChannelQuerySet(models.QuerySet["Channel"]):
    def due(self, now: datetime) -> "ChannelQuerySet":
        """Active channels whose next pull is due. A worker may be at one of them still; it is left to it then."""
        return self.filter(is_active=True, pull__next_at__lte=now)


class Channel(models.Model):
    """One connected account on a network. What admins edit lives here, what workers write in `Pull` and `Ledger`."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    network = models.CharField(max_length=30)
    name = models.CharField(max_length=100, unique=True)
    base_url = models.URLField(blank=True, max_length=500)
    settings = models.JSONField(default=dict, blank=True)
    account = models.CharField(max_length=200, blank=True, help_text=_("The handle that replies are sent as."))
    is_active = models.BooleanField(default=True)
    is_sample = models.BooleanField(default=False)
    connected_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Empty while somebody is still signing in at the network.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_disconnected(self) -> bool:
        """Whether it has given its access back, or never had one; a paused one keeps its own."""
        return not self.is_active and self.connected_at is None


class Credential(models.Model):
    """The secrets of a channel, sealed; see connectors/credentials.py, the only reader and writer."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, primary_key=True, related_name="credential")
    key_id = models.CharField(max_length=50)
    sealed = models.BinaryField()
    given = models.JSONField(
        default=dict, db_default={}, help_text=_("When and by whom, by the names of the secrets; nothing of them.")
    )
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Credential of channel {self.channel_id}"


class Pull(models.Model):
    """Where the pulling of a channel stands: the connector's cursor, the lease of the worker at it, its last error."""

    class State(models.TextChoices):
        NEW = "new", _("Not pulled yet")
        OK = "ok", _("Working")
        WAITING = "waiting", _("Waiting for the network")
        RETRYING = "retrying", _("Trying again")
        BROKEN = "broken", _("Needs repair")

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, primary_key=True, related_name="pull")
    cursor = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(
        default=0, help_text=_("Counts claims; a worker with an older number may not write.")
    )
    errors = models.PositiveIntegerField(default=0, help_text=_("Failures in a row."))
    deaths = models.PositiveIntegerField(default=0, help_text=_("Claims in a row that never ended."))
    error = models.TextField(blank=True, help_text=_("In the network's own words."))
    remedy = models.TextField(blank=True)
    error_at = models.DateTimeField(null=True)
    pulled_at = models.DateTimeField(null=True)
    calls_left = models.PositiveIntegerField(null=True)
    calls_most = models.PositiveIntegerField(null=True, help_text=_("The most that were ever left: all of them."))
    calls_reset_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="pull_due", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"Pull of channel {self.channel_id}"


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def abandoned(self, now: datetime) -> "ReceiptQuerySet":
        """Pending receipts that nobody works on."""
        return self.filter(state=Receipt.State.PENDING).filter(Q(lease_until=None) | Q(lease_until__lt=now))


class Receipt(models.Model):
    """Something that arrived and is not, or not yet, a message: kept with its payload and the reason."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be taken in")
        DONE = "done", _("Taken in")
        REJECTED = "rejected", _("Rejected")
        QUARANTINED = "quarantined", _("Set aside")

    class Source(models.TextChoices):
        PULL = "pull", _("Pull")
        WEBHOOK = "webhook", _("Webhook")
        IMPORT = "import", _("Import")

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="receipts")
    source = models.CharField(max_length=10, choices=Source.choices)
    key = models.CharField(max_length=64, help_text=_("The same thing arriving again has the same key."))
    position = models.CharField(max_length=200, blank=True, help_text=_("Where it stood: a file's line, a page."))
    payload = models.JSONField(help_text=_("As it arrived; text that was no JSON stands under 'unparsed'."))
    state = models.CharField(max_length=12, choices=State.choices)
    reason = models.TextField(blank=True)
    errors = models.PositiveSmallIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "key"], name="receipt_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "done", "rejected", "quarantined"]), name="receipt_state_known"
            ),
            models.CheckConstraint(condition=Q(state__in=["pending", "done"]) | ~Q(reason=""), name="receipt_says_why"),
        ]
        indexes = [
            models.Index(fields=["received_at"], name="receipt_pending", condition=Q(state="pending")),
            models.Index(fields=["received_at"], name="receipt_done", condition=Q(state="done")),
            models.Index(
                fields=["channel", "-received_at"],
                name="receipt_troubled",
                condition=Q(state__in=["rejected", "quarantined"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} receipt {self.pk} of channel {self.channel_id}"


class Calls(models.Model):
    """What we hear of a network that calls us: written by the web and by whoever takes deliveries in."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, primary_key=True, related_name="calls")
    subscribed_at = models.DateTimeField(null=True, help_text=_("Since when the network has our address."))
    heard_at = models.DateTimeField(null=True, help_text=_("The last delivery that was genuine."))
    refused_at = models.DateTimeField(null=True)
    refused_reason = models.TextField(blank=True)
    refused = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "calls"

    def __str__(self) -> str:
        return f"Calls of channel {self.channel_id}"


class Watch(models.Model):
    """What is watched of a channel beside its pulling: how long its token lasts, whether it is too quiet."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, primary_key=True, related_name="watch")
    expires_at = models.DateTimeField(null=True, help_text=_("When somebody has to connect anew."))
    checked_at = models.DateTimeField(null=True, help_text=_("When the network was last asked about that."))
    silent_since = models.DateTimeField(null=True)
    usual = models.FloatField(null=True, help_text=_("Messages that its habit promises since then."))
    came = models.PositiveBigIntegerField(default=0, db_default=0, help_text=_("Messages that came since then."))
    looked_again_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return f"Watch over channel {self.channel_id}"


class Usage(models.Model):
    """What a channel used in a month of what its network counts or charges for."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="usage")
    month = models.DateField(help_text=_("Its first day, in UTC."))
    meter = models.CharField(max_length=30)
    used = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "month", "meter"], name="usage_once")]

    def __str__(self) -> str:
        return f"{self.used} {self.meter} of channel {self.channel_id} in {self.month:%Y-%m}"


class Gap(models.Model):
    """A time of which the network no longer served everything."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="gaps")
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    reason = models.TextField()
    noticed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Gap of channel {self.channel_id} until {self.until}"


class Backfill(models.Model):
    """A back-fill: the job of bringing in a channel's past, back to a date."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="backfills")
    since = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    cursor = models.JSONField(default=dict)
    reached_at = models.DateTimeField(null=True, help_text=_("The oldest message so far."))
    stored = models.PositiveBigIntegerField(default=0)
    duplicate = models.PositiveBigIntegerField(default=0)
    troubled = models.PositiveBigIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    deaths = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    started_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel"], condition=Q(state__in=["running", "paused"]), name="backfill_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["running", "paused", "done", "failed"]), name="backfill_state_known"
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="backfill_due", condition=Q(state="running"))]

    def __str__(self) -> str:
        return f"Backfill of channel {self.channel_id} since {self.since:%Y-%m-%d}"


class Ledger(models.Model):
    """What arrived on a channel in one hour and was settled, by what became of it. What is pending is counted from the
    receipts themselves (connectors/ledger.py); received is the sum of all outcomes."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="ledger")
    hour = models.DateTimeField()
    stored = models.PositiveBigIntegerField(default=0)
    edited = models.PositiveBigIntegerField(default=0)
    deleted = models.PositiveBigIntegerField(default=0)
    duplicate = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    quarantined = models.PositiveBigIntegerField(default=0)
    lost = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text=_("Of those stored: webhooks should have brought them, and polling did.")
    )
    past = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text=_("Of those stored: back-filled, or older than the connection.")
    )
    last_at = models.DateTimeField(null=True, help_text=_("When the last one came that is not of the past."))
    lag = models.DurationField(
        null=True, help_text=_("From posting to arrival, the median of the last page that brought news.")
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "hour"], name="ledger_hour_once")]

    def __str__(self) -> str:
        return f"Ledger of channel {self.channel_id} at {self.hour}"


class FileImport(models.Model):
    """How far an interrupted import of a file has come; gone once the file is in."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="imports")
    fingerprint = models.CharField(max_length=64)
    offset = models.PositiveBigIntegerField(help_text=_("Bytes that are committed."))
    line = models.PositiveBigIntegerField()
    rejected = models.PositiveBigIntegerField(default=0, help_text=_("Bad lines up to there."))

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "fingerprint"], name="import_once")]

    def __str__(self) -> str:
        return f"Import into channel {self.channel_id}, line {self.line}"
