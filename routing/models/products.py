from django.db import models
from django.utils.translation import gettext_lazy as _


class Product(models.Model):
    """Something that people name: ours, or a rival's. `words` are all the ways to write it."""

    name = models.CharField(max_length=100, unique=True)
    words = models.JSONField(default=list)
    is_rival = models.BooleanField(default=False, help_text=_("Made by somebody else."))
    by = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
