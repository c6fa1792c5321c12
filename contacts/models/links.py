from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contacts.models.people import Contact, Identity
from people.models import User


class Merge(models.Model):
    """One contact became part of another one. In force until it is undone; the row stays for ever.

    The merges in force are a forest (child `part`, parent `into`); `Contact.root` and `Identity.contact` follow from it
    and from nothing else.
    """

    class Origin(models.TextChoices):
        PERSON = "person", _("A colleague")
        EVIDENCE = "evidence", _("Strong evidence")
        IMPORT = "import", _("An import")

    part = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="merges_as_part")
    into = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="merges_as_whole")
    origin = models.CharField(max_length=8, choices=Origin.choices)
    evidence = models.JSONField(default=list, help_text=_("The reasons: kind and particulars of each."))
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    source_import = models.ForeignKey(
        "contacts.Import", null=True, on_delete=models.SET_NULL, related_name="merges", db_index=False
    )
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part"], name="merge_in_force_once", condition=Q(undone_at__isnull=True)),
            models.CheckConstraint(condition=~Q(part=F("into")), name="merge_of_two"),
            models.CheckConstraint(condition=Q(origin__in=["person", "evidence", "import"]), name="merge_origin_known"),
        ]
        indexes = [
            models.Index(fields=["source_import"], name="merge_imported", condition=Q(source_import__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"merge of {self.part_id} into {self.into_id}"


class Clue(models.Model):
    """Something that tells who an identity belongs to, in the form by which others with the same are found."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="clues", db_index=False)
    kind = models.CharField(max_length=12, help_text=_("See contacts/matching/."))
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "kind", "value"], name="clue_once")]
        indexes = [models.Index(fields=["kind", "value", "identity"], name="clue_shared")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Suggestion(models.Model):
    """That two identities may be one person's, with the reasons; a colleague accepts or rejects it, once."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("The same")
        REJECTED = "rejected", _("Not the same")

    first = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(help_text=_("Estimated probability that both are one person's."))
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="suggestion_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="suggestion_lower_first"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "accepted", "rejected"]), name="suggestion_state_known"
            ),
        ]
        indexes = [
            models.Index(F("score").desc(), F("id").desc(), name="suggestion_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}, {self.score:.2f}"
