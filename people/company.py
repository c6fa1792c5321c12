"""What the company is called, where it is, and how far it has come with its set-up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Subquery
from django.db.models.functions import JSONObject

from people.models import User, Workspace

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


def with_company(users: QuerySet[User]) -> QuerySet[User]:
    """Colleagues who bring what is known of the company with them, so that a page needs no statement for it."""
    facts = JSONObject(
        name="name",
        language="language",
        time_zone="time_zone",
        toured_at="toured_at",
        needs_second_factor="needs_second_factor",
    )
    return users.annotate(company=Subquery(Workspace.objects.filter(pk=1).values(facts=facts)[:1]))


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
