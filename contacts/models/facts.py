from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contacts.models.people import Contact
from people.models import Department, User


class Source(models.TextChoices):
    """Who says something of a contact."""

    PERSON = "person", _("A colleague")
    CRITERION = "criterion", _("A criterion")
    IMPORT = "import", _("An import")


class Attribute(models.Model):
    """Something that admins want to know of every contact."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        YES_NO = "yes_no", _("Yes or no")
        CHOICE = "choice", _("One of a list")
        LINK = "link", _("Link")
        EMAIL = "email", _("E-mail address")
        PHONE = "phone", _("Phone number")

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    choices = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class AttributeValue(models.Model):
    """What somebody said an attribute of a contact is. Nothing is overwritten: the latest word counts."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="values", db_index=False)
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="values", db_index=False)
    value = models.TextField(blank=True, help_text=_("In its canonical form; empty where it was taken away."))
    search_key = models.CharField(max_length=200, blank=True, help_text=_("Folded."))
    source = models.CharField(max_length=9, choices=Source.choices)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    source_import = models.ForeignKey(
        "contacts.Import", null=True, on_delete=models.CASCADE, related_name="values", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index("contact", "attribute", F("at").desc(), name="value_of_contact"),
            models.Index(fields=["attribute", "search_key"], name="value_search"),
            models.Index(fields=["source_import"], name="value_imported", condition=Q(source_import__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.value


class RoleKind(models.Model):
    """What a contact can be to the company. `criterion`: when it becomes so by itself, see contacts/criteria.py."""

    class Tone(models.TextChoices):
        GOOD = "good", _("Good")
        PLAIN = "plain", _("Plain")
        WARN = "warn", _("Careful")

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    icon = models.CharField(max_length=40, default="user")
    tone = models.CharField(max_length=5, choices=Tone.choices, default=Tone.PLAIN)
    position = models.PositiveSmallIntegerField(default=0)
    criterion = models.JSONField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """That a contact is, or was, something to the company: since when, until when, says who, and why."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="roles", db_index=False)
    kind = models.ForeignKey(RoleKind, on_delete=models.PROTECT, related_name="roles")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    source = models.CharField(max_length=9, choices=Source.choices)
    reason = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, help_text=_("Measure, value and threshold of a criterion; messages."))
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    ended_reason = models.TextField(blank=True)
    source_import = models.ForeignKey(
        "contacts.Import", null=True, on_delete=models.CASCADE, related_name="roles", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "kind"], name="role_now_once", condition=Q(until__isnull=True)),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="role_ends_after_it_began"
            ),
        ]
        indexes = [
            models.Index("contact", F("since").desc(), name="role_of_contact"),
            models.Index(fields=["source_import"], name="role_imported", condition=Q(source_import__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} of contact {self.contact_id}"


class Deal(models.Model):
    """Something that a contact may buy, or has bought."""

    class Stage(models.TextChoices):
        NEW = "new", _("New")
        QUALIFIED = "qualified", _("Qualified")
        OFFER = "offer", _("Offer")
        NEGOTIATION = "negotiation", _("Negotiation")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="deals")
    title = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    stage = models.CharField(max_length=11, choices=Stage.choices, default=Stage.NEW)
    department = models.ForeignKey(Department, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    source_import = models.ForeignKey(
        "contacts.Import", null=True, on_delete=models.CASCADE, related_name="deals", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=["won", "lost"], closed_at__isnull=False)
                | (~Q(stage__in=["won", "lost"]) & Q(closed_at__isnull=True)),
                name="deal_closed_when_won_or_lost",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Pin(models.Model):
    """A note on the person as such, kept in sight of every department."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="pins")
    text = models.TextField()
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"pin {self.pk} on contact {self.contact_id}"


class Tag(models.Model):
    """A word that colleagues file a contact under."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="tags", db_index=False)
    name = models.CharField(max_length=50)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    source_import = models.ForeignKey(
        "contacts.Import", null=True, on_delete=models.CASCADE, related_name="tags", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "name"], name="tag_once")]
        indexes = [models.Index(fields=["name", "contact"], name="tag_named")]

    def __str__(self) -> str:
        return self.name


class Owner(models.Model):
    """Who looks after a contact in a department, whatever is open with them at the moment."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="owners", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "department"], name="owner_once")]

    def __str__(self) -> str:
        return f"{self.department_id} owns contact {self.contact_id}"
