"""What was done to a colleague's account, by whom and when. Written beside what is done, in the same transaction."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from people.models import User


KINDS: Mapping[str, Any] = {
    "invited": _("Invited as %(role)s"),
    "joined": _("Accepted the invitation"),
    "role": _("Role changed from %(from)s to %(to)s"),
    "departments": _("Departments: %(to)s"),
    "renamed": _("Name changed from %(from)s to %(to)s"),
    "email": _("E-mail address: %(to)s"),
    "off": _("Log-in switched off"),
    "on": _("Log-in switched on again"),
    "link": _("Link for a new password made"),
    "password": _("New password chosen by that link"),
    "factor_on": _("Second factor switched on"),
    "factor_off": _("Second factor switched off"),
    "factor_reset": _("Second factor taken away"),
    "sessions": _("Logged out everywhere"),
}


class AccountChange(models.Model):
    """One of these deeds; kept for as long as the account."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account_changes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], name="people_change_of_user")]

    def __str__(self) -> str:
        return self.says

    @property
    def says(self) -> str:
        """The deed as a sentence."""
        known: Mapping[str, Any] = {"from": "", "to": "", "role": "", **self.data}
        return str(KINDS.get(self.kind, self.kind)) % known


def record(user: "User", kind: str, by: "User | None", **data: str) -> None:
    """Keep that this was done. Raises ValueError on a kind that is not declared."""
    if kind not in KINDS:
        raise ValueError(f"{kind} is not declared in people/changes.py.")
    AccountChange.objects.create(user=user, by=by, kind=kind, data=data, at=timezone.now())
