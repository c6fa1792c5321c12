"""What the company is called, where it is, and how far it has come with its set-up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from people.models import Workspace

PRODUCT = "SocialCRM"


@dataclass(frozen=True, slots=True)
class Company:
    """Defaults that colleagues have who chose nothing else; empty where nobody said."""

    name: str = ""
    language: str = ""
    time_zone: str = ""
    is_toured: bool = False
    needs_second_factor: bool = False

    @property
    def title(self) -> str:
        """The name that pages show: the environment's, else what an admin said."""
        return settings.WORKSPACE_NAME or self.name or PRODUCT


def with_company(found: QuerySet[Any]) -> QuerySet[Any]:
    """Rows that bring what is known of the company with them, so that a page needs no statement for it."""
    facts = JSONObject(
        name="name",
        language="language",
        time_zone="time_zone",
        toured_at="toured_at",
        needs_second_factor="needs_second_factor",
    )
    bringing: QuerySet[Any] = found.annotate(company=Subquery(Workspace.objects.filter(pk=1).values(facts=facts)[:1]))
    return bringing


def company_of(user: Any) -> Company:
    """What a colleague brought with them; asked for anew where they did not."""
    if not hasattr(user, "company"):
        return load()
    return _read(user.company)


def load() -> Company:
    """What is known now, with one statement."""
    return _read(Workspace.objects.filter(pk=1).values().first())


def _read(facts: Mapping[str, Any] | None) -> Company:
    if not facts:
        return Company()
    return Company(
        name=facts["name"],
        language=facts["language"],
        time_zone=facts["time_zone"],
        is_toured=facts["toured_at"] is not None,
        needs_second_factor=facts["needs_second_factor"],
    )


@transaction.atomic
def change(**facts: Any) -> None:
    """Keep what an admin says of the company: some of name, language, time_zone, needs_second_factor."""
    row = _locked()
    for name, value in facts.items():
        setattr(row, name, value)
    row.save(update_fields=list(facts))


@transaction.atomic
def mark(step: str, *, skipped: bool) -> None:
    """A step of the set-up was left out, or is wanted after all."""
    row = _locked()
    row.steps = {**row.steps, step: "skipped"} if skipped else {k: v for k, v in row.steps.items() if k != step}
    row.save(update_fields=["steps"])


@transaction.atomic
def end_tour() -> None:
    """The set-up is done, or put away. Twice is once."""
    row = _locked()
    if row.toured_at is None:
        row.toured_at = timezone.now()
        row.save(update_fields=["toured_at"])


def begin_tour() -> dict[str, str]:
    """Note that somebody has seen the set-up. Returns the steps that were left out."""
    row, _ = Workspace.objects.get_or_create(pk=1)
    return dict(row.steps)


def is_untouched() -> bool:
    """Whether nobody has said anything of the company, nor seen its set-up."""
    return not Workspace.objects.filter(pk=1).exists()


def _locked() -> Workspace:
    Workspace.objects.get_or_create(pk=1)
    return Workspace.objects.select_for_update().get(pk=1)
