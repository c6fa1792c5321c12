"""How sure the classifier must be: one figure for all departments, one for noise, and others where somebody wants."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from inbox.ruling.inputs import Percent
from inbox.ruling.names import Names
from inbox.ruling.rule_forms import RuleForm
from people.shares import percent
from routing.decisions import NOISE
from routing.engine import DEFAULT, DEFAULT_THRESHOLD, NOISE_ABOVE

_LOWEST, _HIGHEST = 0.3, 0.99


class ThresholdsForm(RuleForm):
    """`of_<slug>` in per cent; empty is as for all."""

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        thresholds: Mapping[str, float],
        names: Names,
        curves: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """`curves`: what is known of thresholds of each department, as inbox/quality_page.py tells it."""
        super().__init__(data)
        self.now = thresholds
        self.curves = {one["slug"]: one["rows"] for one in curves}
        self.departments = [(slug, one) for slug, one in names.departments.items() if not one.is_triage]
        self._add(DEFAULT, _("All departments"), thresholds.get(DEFAULT, DEFAULT_THRESHOLD), required=True)
        for slug, one in self.departments:
            self._add(slug, one.name, thresholds.get(slug), required=False)
        self._add(NOISE, _("Set aside as noise"), thresholds.get(NOISE, NOISE_ABOVE), required=True)

    def _add(self, slug: str, label: Any, share: float | None, *, required: bool) -> None:
        field = Percent(
            label=label, required=required, initial=None if share is None else f"{share * 100:g}", whole=False
        )
        self.fields[f"of_{slug}"] = field

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All of them with their field: for all departments, for some, for noise."""
        own = [
            {"mark": one.mark, "name": one.name, "field": self[f"of_{slug}"], **self._known(slug)}
            for slug, one in self.departments
        ]
        first, last = self[f"of_{DEFAULT}"], self[f"of_{NOISE}"]
        return [{"name": first.label, "field": first}, *own, {"name": last.label, "field": last}]

    def _known(self, slug: str) -> dict[str, str]:
        """What the threshold of a department has meant: of the measured ones the nearest that is not higher."""
        now = 100 * self.now.get(slug, self.now.get(DEFAULT, DEFAULT_THRESHOLD))
        below = [one for one in self.curves.get(slug, ()) if one["threshold"] <= now + 0.01]
        if not below:
            return {}
        return {name: percent(below[-1][of]) for name, of in (("decided", "share"), ("right", "precision"))}

    def clean(self) -> dict[str, Any]:
        """Not so low that chance decides, not so high that nothing does."""
        said = super().clean() or {}
        for name, share in list(said.items()):
            if share is not None and not _LOWEST <= share <= _HIGHEST:
                self.add_error(name, _("Write a number from 30 to 99."))
        return said

    def thresholds(self) -> dict[str, float]:
        """As versions keep them. What is about a department that this page does not know stays."""
        said = {name.removeprefix("of_"): share for name, share in self.cleaned_data.items()}
        kept = {slug: share for slug, share in self.now.items() if slug not in said}
        return kept | {slug: share for slug, share in said.items() if share is not None}
