from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class ContactQuerySet(models.QuerySet["Contact"]):
    def people(self) -> "ContactQuerySet":
        """Contacts that stand for themselves: neither part of another one since a merge, nor us, nor being erased."""
        return self.filter(root=None, is_us=False, is_erased=False)

    def of(self, person: int) -> "ContactQuerySet":
        """All that a person consists of: the contact itself, and those that merges made part of it."""
        return self.filter(Q(pk=person) | Q(root=person))


class Contact(models.Model):
    """One person or organisation, across all networks.

    A merge deletes nothing: the contact that joins another one keeps its row and all that was said of it, and points at
    the one that stands for both (`root`). So whoever asks for what belongs to a person asks for what belongs to any of
    `Contact.objects.of(person)`, and an un-merge has nothing to give back. See contacts/merge.py.
    """

    name = models.CharField(max_length=200, blank=True, help_text="As people know them; taken from the first identity.")
    sort_key = models.CharField(max_length=200, blank=True, help_text="See contacts/names.py.")
    root = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts", db_index=False)
    named_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    is_us = models.BooleanField(default=False, db_default=False, help_text=_("One of our own accounts."))
    is_erased = models.BooleanField(default=False, db_default=False, help_text=_("Being erased; see inbox/erasure/."))
    do_not_contact = models.BooleanField(default=False, db_default=False)
    do_not_contact_reason = models.TextField(blank=True, db_default="")
    source_import = models.ForeignKey(
        "contacts.Import", null=True, on_delete=models.SET_NULL, related_name="contacts", db_index=False
    )
    created_at = models.DateTimeField()

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(root=models.F("id")), name="contact_is_not_its_own_part"),
        ]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="person_by_name", condition=Q(root=None, is_us=False)),
            models.Index(fields=["root"], name="contact_parts", condition=Q(root__isnull=False)),
            models.Index(fields=["source_import"], name="contact_imported", condition=Q(source_import__isnull=False)),
            # Names of identities are searched there; what stands here alone is what a colleague called somebody.
            GinIndex(
                OpClass("sort_key", name="gin_trgm_ops"), name="contact_search", condition=Q(named_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """One account of a contact on one network.

    On the network `crm` it is a record of the company's customer management: external id "system:key".
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="identities")
    home = models.ForeignKey(
        Contact,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text=_("The contact that it came with, where a merge has moved it."),
    )
    network = models.CharField(max_length=30)
    external_id = models.CharField(max_length=500)
    handle = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    avatar_url = models.CharField(max_length=2000, blank=True)
    bio = models.TextField(blank=True)
    location = models.CharField(max_length=200, blank=True, db_default="")
    links = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    followers = models.PositiveBigIntegerField(null=True)
    verified = models.BooleanField(default=False)
    email = models.CharField(max_length=320, blank=True, help_text="Only where the channel vouches for it.")
    search_key = models.CharField(max_length=500, blank=True, help_text="Folded name, handle and e-mail.")
    seen_at = models.DateTimeField(help_text="Time of the message that this profile was read from.")
    matched_at = models.DateTimeField(null=True, help_text=_("When it was last compared with others; see suggest.py."))
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "identities"
        constraints = [models.UniqueConstraint(fields=["network", "external_id"], name="identity_once")]
        indexes = [
            models.Index(fields=["contact"], name="identity_of_contact"),
            models.Index(fields=["home"], name="identity_home", condition=Q(home__isnull=False)),
            models.Index(fields=["email"], name="identity_by_email", condition=~Q(email="")),
            models.Index("network", Lower("handle"), name="identity_by_handle", condition=~Q(handle="")),
            models.Index(fields=["id"], name="identity_unmatched", condition=Q(matched_at__isnull=True)),
            GinIndex(OpClass("search_key", name="gin_trgm_ops"), name="identity_search"),
        ]

    def __str__(self) -> str:
        return self.name or self.handle or self.external_id

    @property
    def own_contact_id(self) -> int:
        """The contact that it came with, whatever that is part of now."""
        return self.home_id or self.contact_id


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


class Influence(models.Model):
    """How much an identity is listened to: its PageRank among those that answer and mention one another."""

    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, primary_key=True, related_name="influence")
    score = models.FloatField(help_text=_("Share of all attention; all scores sum up to one."))
    percentile = models.FloatField(help_text=_("Share of the ranked identities that score lower, in percent."))
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(models.F("score").desc(), name="influence_highest")]

    def __str__(self) -> str:
        return f"{self.score} for identity {self.identity_id}"
