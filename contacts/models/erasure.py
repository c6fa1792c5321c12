from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import User


class Erasure(models.Model):
    """That a person was erased: when, by whom and how much went. Once it is finished nothing here says who it was."""

    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    reason = models.TextField(blank=True)
    counts = models.JSONField(default=dict, help_text=_("Rows that went, by table."))
    at = models.DateTimeField()
    pending = models.JSONField(null=True, help_text=_("Whom it concerns, for as long as it goes on."))
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["at"], name="erasure_pending", condition=Q(finished_at__isnull=True))]

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class ErasedIdentity(models.Model):
    """The tombstone of an account: what comes from it is not taken in again. Kept as a keyed digest only."""

    erasure = models.ForeignKey(Erasure, on_delete=models.CASCADE, related_name="identities")
    digest = models.CharField(max_length=64, unique=True, help_text=_("See contacts/tombstones.py."))

    class Meta:
        verbose_name_plural = "erased identities"

    def __str__(self) -> str:
        return self.digest
