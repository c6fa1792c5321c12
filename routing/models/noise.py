from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Block(models.Model):
    """Whose messages are set aside unread. `value`: of a person “network:external id”, else a domain, in small letters.

    A domain is that of an e-mail's sender or of a link in the text, a server that of a handle (“@ann@server.example”).
    Who is trusted is never blocked, whatever domain or server they write from; the row is none of a block then.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        DOMAIN = "domain", _("Domain")
        SERVER = "server", _("Server")
        TRUSTED = "trust", _("Never to be blocked")

    kind = models.CharField(max_length=6, choices=Kind.choices)
    value = models.CharField(max_length=600)
    label = models.CharField(max_length=300, blank=True, help_text=_("As people read it."))
    reason = models.TextField(blank=True)
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    lifted_by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="block_once", condition=Q(lifted_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
