"""Lists that people made for themselves and for others."""

from django.db import models


class SavedView(models.Model):
    """A list of conversations with a name: a view with filters, as its address holds them."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    by = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="saved_views")
    is_shared = models.BooleanField(default=False, help_text="Everybody has it in their sidebar.")
    base = models.CharField(max_length=60, default="open", help_text="The view that it narrows down.")
    query = models.CharField(max_length=2000, blank=True, help_text="The filters, as an address holds them.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
