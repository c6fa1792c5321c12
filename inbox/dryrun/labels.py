"""Where messages go, as pages name it: departments with their marks, and what is set aside."""

from collections.abc import Iterable

from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from inbox import marks
from people.models import TRIAGE, Department
from routing.decisions import NOISE


class Labels:
    """Looked up once, with one statement."""

    @cached_property
    def departments(self) -> dict[str, Department]:
        """In the managers' order, Triage last."""
        found = Department.objects.order_by("position", "pk").only("slug", "name", "mark")
        return {one.slug: one for one in sorted(found, key=lambda one: one.slug == TRIAGE)}

    def name(self, slug: str) -> str:
        """In words. A department that is gone keeps its short name."""
        if slug == NOISE:
            return gettext("Set aside")
        found = self.departments.get(slug)
        return found.name if found else slug

    def mark(self, slug: str) -> SafeString:
        """With its mark."""
        if slug == NOISE:
            return format_html('<span class="put-aside">{}{}</span>', marks.icon("archive", "sm"), self.name(slug))
        found = self.departments.get(slug)
        return marks.department(found.mark if found else "triage", self.name(slug))

    def colour(self, slug: str) -> str:
        """What `data-dept` says for it."""
        found = self.departments.get(slug)
        return found.mark if found else "triage"

    def in_order(self, slugs: Iterable[str]) -> list[str]:
        """Those that there are first, in their order; then what is gone; then what is set aside."""
        wanted = set(slugs)
        known = [slug for slug in self.departments if slug in wanted]
        gone = sorted(wanted - {*known, NOISE})
        return known + gone + [NOISE] * (NOISE in wanted)
