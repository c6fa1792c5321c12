from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Calendar(models.Model):
    """When a department works. `hours`: a list of 7 days from Monday, each a list of [“09:00”, “17:30”] in `time_zone`.

    `country` and `subdivision` (ISO 3166) name public holidays; `exceptions` are days of one's own:
    {"date": "2026-12-24", "hours": [["09:00", "12:00"]], "name": "Christmas Eve"}.
    """

    name = models.CharField(max_length=100, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    hours = models.JSONField(default=list)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=10, blank=True)
    exceptions = models.JSONField(default=list)
    built_until = models.DateTimeField(null=True, help_text=_("Until when its open intervals are worked out."))

    def __str__(self) -> str:
        return self.name


class OpenInterval(models.Model):
    """A time without a break in which a calendar is open, and how many seconds it was open before: see business_due."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="intervals", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    opened_before = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "starts_at"], name="open_interval_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="open_interval_is_open"),
        ]
        indexes = [
            models.Index(fields=["calendar", "ends_at"], name="open_interval_ends"),
            models.Index(fields=["calendar", "opened_before"], name="open_interval_opened"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} to {self.ends_at}"


class Service(models.Model):
    """How a department serves: its hours (all of them without a calendar), when its clocks stand still."""

    department = models.OneToOneField(
        "people.Department", on_delete=models.CASCADE, primary_key=True, related_name="service"
    )
    calendar = models.ForeignKey(Calendar, null=True, on_delete=models.PROTECT, related_name="services")
    pauses_when_snoozed = models.BooleanField(default=True)
    pauses_elsewhere = models.BooleanField(
        default=False, help_text=_("While another department has been asked to take part and has not answered.")
    )
    assigns = models.BooleanField(default=False, help_text=_("Give new conversations to whoever is there."))
    starter = models.CharField(
        max_length=50,
        blank=True,
        db_default="",
        help_text=_("Which of the shipped sets of examples it begins with (routing/examples/starters)."),
    )

    def __str__(self) -> str:
        return f"service of {self.department_id}"


class Target(models.Model):
    """In how many minutes of business time a reply is due. The most particular target that fits counts."""

    department = models.ForeignKey(
        "people.Department", null=True, on_delete=models.CASCADE, related_name="targets", help_text=_("All of them.")
    )
    priority = models.SmallIntegerField(null=True, help_text=_("Whatever the priority."))
    role = models.CharField(max_length=50, blank=True, help_text=_("Slug of a role that the customer has now."))
    first_minutes = models.PositiveIntegerField()
    next_minutes = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["department", "priority", "role"], name="target_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(first_minutes__gt=0, next_minutes__gt=0), name="target_takes_time"),
        ]

    def __str__(self) -> str:
        return f"{self.first_minutes} and {self.next_minutes} minutes"


class Step(models.Model):
    """What happens by itself before or after a reply is due. `minutes` of business time: below zero is before."""

    class Action(models.TextChoices):
        WARN = "warn", _("Warn whoever it is assigned to")
        MANAGERS = "managers", _("Tell the managers")
        PRIORITY = "priority", _("Raise the priority")
        UNASSIGN = "unassign", _("Back to the queue")
        SHARE = "share", _("Ask another department to take part")
        MOVE = "move", _("Hand over to another department")

    department = models.ForeignKey(
        "people.Department", null=True, on_delete=models.CASCADE, related_name="steps", help_text=_("All of them.")
    )
    minutes = models.IntegerField()
    action = models.CharField(max_length=8, choices=Action.choices)
    to = models.ForeignKey("people.Department", null=True, on_delete=models.CASCADE, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(action__in=["share", "move"]) | Q(to__isnull=False), name="step_names_whom"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} at {self.minutes:+d} minutes"
