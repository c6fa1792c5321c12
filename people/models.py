from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from people.changes import AccountChange
from people.sessions import Session

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "TRIAGE",
    "AccountChange",
    "Department",
    "Invitation",
    "Membership",
    "Presence",
    "Session",
    "User",
    "UserManager",
    "Workspace",
]

TRIAGE = "triage"


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: "Any") -> "User":
        """Make a colleague; without a password nobody can log in as them until one is set."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A colleague: somebody who works in the product."""

    class Role(models.TextChoices):
        AGENT = "agent", _("Agent")
        MANAGER = "manager", _("Manager")
        ADMIN = "admin", _("Admin")

    class ListOrder(models.TextChoices):
        NEWEST = "newest", _("Newest first")
        WAITING = "waiting", _("Waiting longest")
        DUE = "due", _("Due first")

    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[RegexValidator(r"^[\w.@+-]+\Z", _("Letters, digits and @ . + - _ only."))],
    )
    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.AGENT)
    departments: "models.ManyToManyField[Department, Membership]" = models.ManyToManyField(
        "Department", through="Membership", related_name="members"
    )
    is_active = models.BooleanField(default=True)
    is_sample = models.BooleanField(default=False)
    capacity = models.PositiveSmallIntegerField(
        default=10, db_default=10, help_text=_("How many open conversations they are given at most.")
    )
    languages = models.JSONField(default=list, db_default=[], blank=True, help_text=_("ISO 639-1; empty: any."))
    skills = models.JSONField(
        default=list, db_default=[], blank=True, help_text=_("Words, as rules and tags use them.")
    )
    list_order = models.CharField(
        max_length=7,
        choices=ListOrder.choices,
        default=ListOrder.NEWEST,
        db_default=ListOrder.NEWEST,
        help_text=_("How their lists of conversations are sorted."),
    )
    language = models.CharField(
        max_length=10, blank=True, db_default="", help_text=_("Of the interface; empty: as their browser asks.")
    )
    time_zone = models.CharField(max_length=64, blank=True, db_default="", help_text=_("Empty: the company's."))
    is_compact = models.BooleanField(default=False, db_default=False, help_text=_("Narrow lines in lists."))
    keys_on = models.BooleanField(default=True, db_default=True, help_text=_("Single keys act."))
    keys = models.JSONField(default=dict, db_default={}, blank=True, help_text=_("Keys that they chose, by action."))
    # What they want to be told, and how: {kind: [media]}; a kind that is missing is as everybody has it.
    notify = models.JSONField(default=dict, db_default={}, blank=True)
    quiet_from = models.TimeField(null=True, blank=True, help_text=_("No e-mails from then on, in their time zone."))
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_weekends = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=["agent", "manager", "admin"]), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_manager(self) -> bool:
        """May move ownership between all departments, and say how messages are routed."""
        return self.role in (self.Role.MANAGER, self.Role.ADMIN)

    @property
    def is_admin(self) -> bool:
        """May connect channels and invite people."""
        return self.role == self.Role.ADMIN


class Department(models.Model):
    """A group of people that owns conversations; its open conversations are its queue."""

    class Mark(models.TextChoices):
        """The shape and colour of a department, each checked to 3:1 on every surface (static/css/tokens.css)."""

        SALES = "sales", _("Green triangle")
        SUPPORT = "support", _("Blue circle")
        PR = "pr", _("Pink diamond")
        MARKETING = "marketing", _("Violet square")
        TRIAGE = "triage", _("Dashed ring")
        HEXAGON = "hexagon", _("Teal hexagon")
        CROSS = "cross", _("Olive cross")
        PENTAGON = "pentagon", _("Grey-blue pentagon")
        STAR = "star", _("Plum star")
        BAR = "bar", _("Bronze bar")

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    mark = models.CharField(max_length=20, choices=Mark.choices, default=Mark.TRIAGE)
    position = models.PositiveSmallIntegerField(default=0)
    reply_minutes = models.PositiveIntegerField(
        default=240, help_text=_("Minutes in which a customer's message should get its first reply.")
    )

    about = models.TextField(blank=True, db_default="", help_text=_("What it takes care of, for colleagues."))
    undo_seconds = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How long its replies can be taken back; empty: as everybody's.")
    )
    must_confirm = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Ask before sending when another department has something open with the person."),
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(reply_minutes__gt=0), name="department_reply_minutes")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_triage(self) -> bool:
        """Whether this is the queue for what the router is unsure of."""
        return self.slug == TRIAGE


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    department = models.ForeignKey(Department, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.department}"


class Presence(models.Model):
    """Whether a colleague is there. Who has not been seen for a while is away, whatever they said."""

    class State(models.TextChoices):
        ONLINE = "online", _("Here")
        AWAY = "away", _("Away")

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="presence")
    state = models.CharField(max_length=6, choices=State.choices, default=State.AWAY)
    since = models.DateTimeField()
    seen_at = models.DateTimeField(help_text=_("When their browser was last heard."))

    def __str__(self) -> str:
        return f"{self.user_id} is {self.state}"


class Workspace(models.Model):
    """What the company is called and where it is; one row, made by the set-up tour."""

    name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=10, blank=True, help_text=_("Of colleagues who chose none."))
    time_zone = models.CharField(max_length=64, blank=True)
    # Which steps of the tour an admin has done or left out, and when it was put away.
    steps = models.JSONField(default=dict)
    toured_at = models.DateTimeField(null=True)
    needs_second_factor = models.BooleanField(
        default=False, db_default=False, help_text=_("Nobody works here without a second factor.")
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="workspace_one")]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """That somebody may become a colleague, or choose a new password, by a link that works once.

    Only the link's hash is kept.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, related_name="+", help_text=_("Whose password it is about.")
    )
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=10, choices=User.Role.choices, default=User.Role.AGENT)
    departments = models.ManyToManyField(Department, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.email or self.name
