from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q


class Contact(models.Model):
    """One person or organisation, across all networks."""

    name = models.CharField(max_length=200, blank=True, help_text="As people know them; taken from the first identity.")
    sort_key = models.CharField(max_length=200, blank=True, help_text="See contacts/names.py.")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sort_key", "id"], name="contact_by_name")]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """One account of a contact on one network."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="identities")
    network = models.CharField(max_length=30)
    external_id = models.CharField(max_length=500)
    handle = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    avatar_url = models.CharField(max_length=2000, blank=True)
    bio = models.TextField(blank=True)
    followers = models.PositiveBigIntegerField(null=True)
    verified = models.BooleanField(default=False)
    email = models.CharField(max_length=320, blank=True, help_text="Only where the channel vouches for it.")
    search_key = models.CharField(max_length=500, blank=True, help_text="Folded name, handle and e-mail.")
    seen_at = models.DateTimeField(help_text="Time of the message that this profile was read from.")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "identities"
        constraints = [models.UniqueConstraint(fields=["network", "external_id"], name="identity_once")]
        indexes = [
            models.Index(fields=["contact"], name="identity_of_contact"),
            models.Index(fields=["email"], name="identity_by_email", condition=~Q(email="")),
            GinIndex(OpClass("search_key", name="gin_trgm_ops"), name="identity_search"),
        ]

    def __str__(self) -> str:
        return self.name or self.handle or self.external_id


class Relationship(models.Model):
    """A directed edge between two identities, with how often and when."""

    class Kind(models.TextChoices):
        MENTIONED = "mentioned"
        REPLIED_TO = "replied_to"
        ANSWERED = "answered"
        SHARED = "shared"

    source = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="relationships_out")
    target = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="relationships_in")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="relationship_once"),
            models.CheckConstraint(condition=~Q(source=models.F("target")), name="relationship_between_two"),
        ]
        indexes = [models.Index(fields=["target", "kind"], name="relationship_to")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"
