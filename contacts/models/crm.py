from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contacts.models.people import Contact
from people.models import User


class Import(models.Model):
    """A file of contacts from a company's customer management, and what became of it. All that it brought bears its
    name (`source_import`), so that it can be taken out again as a whole."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    file_name = models.CharField(max_length=200)
    content = models.BinaryField(help_text=_("Compressed, see contacts/crm/files.py; empty once it was let go."))
    encoding = models.CharField(max_length=30)
    delimiter = models.CharField(max_length=1, default=",")
    system = models.SlugField(max_length=30, help_text=_("Whose ids the file holds: its short name."))
    mapping = models.JSONField(default=dict, help_text=_("What each column means."))
    state = models.CharField(max_length=8, choices=State.choices, default=State.UPLOADED)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0, help_text=_("Rows that have been taken in."))
    counts = models.JSONField(default=dict, help_text=_("Rows by outcome."))
    error = models.TextField(blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(F("created_at").desc(), name="import_newest")]

    def __str__(self) -> str:
        return self.file_name


class ImportedRow(models.Model):
    """What became of one row of a file; of what was rejected the row itself, with the reason."""

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="imported", db_index=False)
    line = models.PositiveIntegerField()
    outcome = models.CharField(max_length=9, help_text=_("created, updated, unchanged or rejected"))
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    row = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "line"], name="imported_row_once")]
        indexes = [models.Index(fields=["source", "outcome", "line"], name="imported_by_outcome")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.outcome}"


class Claim(models.Model):
    """That an account belongs to a contact, said by an import before the account has been heard of."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="claims")
    network = models.CharField(max_length=30)
    handle = models.CharField(max_length=200, blank=True, help_text=_("Folded, without @; or the external id."))
    external_id = models.CharField(max_length=500, blank=True)
    source_import = models.ForeignKey(Import, null=True, on_delete=models.CASCADE, related_name="claims")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(handle="") | ~Q(external_id=""), name="claim_names_an_account"),
        ]
        indexes = [
            models.Index(fields=["network", "handle"], name="claim_by_handle", condition=~Q(handle="")),
            models.Index(fields=["network", "external_id"], name="claim_by_id", condition=~Q(external_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.network} {self.handle or self.external_id}"
