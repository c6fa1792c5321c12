"""Words and acts that are used again and again."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Macro(models.Model):
    """A canned reply or note, and what happens to the conversation when it is used.

    `text` may hold variables (see inbox/macros.py). `actions` are what a person could do by hand: `close`, `tags`,
    `priority`, `assign`, `snooze`, `move`.
    """

    name = models.CharField(max_length=80)
    text = models.TextField(blank=True)
    department = models.ForeignKey(
        "people.Department", null=True, blank=True, on_delete=models.CASCADE, related_name="macros",
        help_text=_("Whose it is; empty: everybody's."),
    )  # fmt: skip
    is_note = models.BooleanField(default=False, help_text=_("For a note, not for a reply."))
    actions = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), "department", name="macro_named_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name
