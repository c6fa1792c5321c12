"""The set-up of a new workspace: what is done is read off the workspace itself, not off clicks."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.models import Channel
from people import company
from people.departments import DEFAULTS
from people.models import Department, Invitation, User

STEPS = ("company", "departments", "people", "channel")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up."""

    slug: str
    icon: str
    title: str
    says: str
    found: str
    url: str
    verb: str
    is_done: bool
    is_skipped: bool

    @property
    def is_open(self) -> bool:
        """Neither done nor left out."""
        return not self.is_done and not self.is_skipped


def steps(skipped: dict[str, str]) -> list[Step]:
    """All of them in their order, with what is there of each. Five statements."""
    facts = {"company": _company(), "departments": _departments(), "people": _people(), "channel": _channel()}
    return [Step(slug=slug, is_skipped=slug in skipped, **facts[slug]) for slug in STEPS]


def _company() -> dict[str, Any]:
    known = company.load()
    return {
        "icon": "globe",
        "title": _("Your company"),
        "says": _("Its name stands on every page. Times are shown in its time zone to whoever chose none."),
        "found": settings.WORKSPACE_NAME or known.name,
        "url": f"{reverse('company')}?back=welcome",
        "verb": _("Change"),
        "is_done": bool(settings.WORKSPACE_NAME or known.name),
    }


def _departments() -> dict[str, Any]:
    there = list(Department.objects.order_by("position", "pk"))
    shipped = {(slug, name) for slug, name, *_rest in DEFAULTS}
    return {
        "icon": "users",
        "title": _("Departments"),
        "says": _(
            "Each conversation belongs to one. Rename those that are there, add your own, close what you do not need."
        ),
        "found": ", ".join(one.name for one in there),
        "url": reverse("departments"),
        "verb": _("Arrange the departments"),
        "is_done": {(one.slug, one.name) for one in there} != shipped or any(one.about for one in there),
    }


def _people() -> dict[str, Any]:
    here = User.objects.filter(is_active=True, is_sample=False).count()
    invited = Invitation.objects.filter(user=None, accepted_at=None).count()
    return {
        "icon": "user-plus",
        "title": _("People"),
        "says": _("Invite the colleagues who answer customers. Each gets a link and chooses a password."),
        "found": _("Here: %(here)s. Invited: %(invited)s.") % {"here": here, "invited": invited},
        "url": reverse("person_invite"),
        "verb": _("Invite somebody"),
        "is_done": here > 1 or invited > 0,
    }


def _channel() -> dict[str, Any]:
    names = list(Channel.objects.filter(is_sample=False).order_by("pk").values_list("name", flat=True)[:4])
    return {
        "icon": "plug",
        "title": _("First channel"),
        "says": _("Connect one account: a mailbox, a page, a profile. Conversations appear about a minute later."),
        "found": ", ".join(names),
        "url": reverse("channels"),
        "verb": _("Connect an account"),
        "is_done": bool(names),
    }
