"""The sections of a person's page that say what the company knows of them: plain dicts for templates/inbox/facts/."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext

from contacts import deals, owners, pins, roles, tags, values
from contacts.models import Attribute, Deal
from contacts.models.facts import Source
from inbox import marks, rows
from inbox.facts.wording import money, said_by, shown
from inbox.presentation import full, rich, short_date
from inbox.retelling import of_role

if TYPE_CHECKING:
    from datetime import datetime

    from contacts.models import AttributeValue
    from contacts.values import Shown
    from people.models import User

Part = dict[str, Any]
# Of each kind; a person made of many parts may have any number.
SHOWN = 20
# What was ever said of a person's attributes, looked through from the newest.
_VALUES = 2_000


def sections(person: int, user: "User", names: Collection[str] | None = None) -> Part:
    """`facts` for the partials of templates/inbox/facts/: all of a person's sections, or those named. Seven statements.

    `person` is the contact that stands for itself. `user` is who looks: some may lift what others may only set.
    """
    now = timezone.now()
    asked = _SECTIONS if names is None else {name: _SECTIONS[name] for name in names if name in _SECTIONS}
    return {"id": person, "is_manager": user.is_manager, **{name: make(person, now) for name, make in asked.items()}}


def roles_of(person: int, now: "datetime") -> Part:
    """What the person is, since when and why; and what they were."""
    periods = roles.periods(roles.of_person(person))
    return {
        "now": [_role(one, now) for one in periods if one.until is None],
        "before": [
            {"name": one.kind.name, "since": short_date(one.since, now), "until": short_date(one.until, now)}
            for one in periods
            if one.until is not None
        ][:SHOWN],
    }


def _role(one: roles.Period, now: "datetime") -> Part:
    given = one.first
    conversation = given.evidence.get("conversation")
    return {
        "kind": one.kind.pk,
        "slug": one.kind.slug,
        "name": one.kind.name,
        "icon": marks.icon(one.kind.icon, "sm"),
        "tone": one.kind.tone,
        "since": short_date(one.since, now),
        "iso": one.since.isoformat(),
        "full": full(one.since),
        "reason": of_role(given.reason, by_hand=given.source == Source.PERSON),
        "by": _speaker(given.source, str(given.by) if given.by else ""),
        "evidence": reverse("short", args=[conversation]) if isinstance(conversation, int) else "",
    }


def _speaker(source: str, name: str) -> str:
    if source == Source.PERSON:
        return name or gettext("a former colleague")
    return gettext("by criterion") if source == Source.CRITERION else gettext("by an import")


def attributes_of(person: int, now: "datetime") -> Part:
    """What admins want to know of everybody, where somebody knows it, with what else was said. Two statements."""
    defined = list(Attribute.objects.order_by("position", "pk"))
    found = values.effective(defined, values.of_person(person)[:_VALUES]) if defined else []
    return {
        "any": bool(defined),
        "known": [_attribute(one, now) for one in found if one.value or one.others],
    }


def _attribute(one: "Shown", now: "datetime") -> Part:
    return {
        "name": one.attribute.name,
        "slug": one.attribute.slug,
        "shown": shown(one.attribute.kind, one.value),
        "why": said_by(one.said, now) if one.said else "",
        "others": [_other(one.attribute.kind, other, now) for other in one.others],
    }


def _other(kind: str, other: "AttributeValue", now: "datetime") -> Part:
    return {"id": other.pk, "shown": shown(kind, other.value), "why": said_by(other, now)}


def deals_of(person: int, now: "datetime") -> Part:
    """What they may buy or have bought, open deals first."""
    found = list(deals.of_person(person)[: SHOWN + 1])
    return {"all": [deal(one, now) for one in found[:SHOWN]], "more": len(found) > SHOWN}


def deal(one: Deal, now: "datetime") -> Part:
    """A deal as its section and its dialog show it."""
    is_over = one.closed_at is not None
    step = 0 if one.stage == Deal.Stage.LOST else deals.WAY.index(Deal.Stage(one.stage)) + 1
    return {
        "id": one.pk,
        "title": one.title,
        "amount": money(one.amount, one.currency),
        "stage": one.stage,
        "label": one.get_stage_display(),
        "is_over": is_over,
        "step": step,
        "steps": [number < step for number in range(len(deals.WAY))],
        "line": _deal_line(one, now),
    }


def _deal_line(one: Deal, now: "datetime") -> str:
    if one.closed_at is not None:
        named = {"stage": one.get_stage_display(), "day": short_date(one.closed_at, now)}
        return gettext("%(stage)s on %(day)s") % named
    named = {"stage": one.get_stage_display(), "day": short_date(one.opened_at, now), "name": str(one.by)}
    if one.by is None:
        return gettext("%(stage)s · opened %(day)s") % named
    return gettext("%(stage)s · opened %(day)s by %(name)s") % named


def pins_of(person: int, now: "datetime") -> Part:
    """Notes on the person that everybody should have before them."""
    found = pins.of_person(person)[: pins.MOST * 3]
    return {
        "all": [
            {
                "id": one.pk,
                "text": rich(one.text),
                "short": Truncator(one.text).chars(40),
                "by": str(one.author) if one.author else gettext("A former colleague"),
                "day": short_date(one.at, now),
                "iso": one.at.isoformat(),
                "full": full(one.at),
            }
            for one in found
        ],
    }


def tags_of(person: int, _now: "datetime") -> Part:
    """The words that they are filed under."""
    return {"all": sorted({one.name for one in tags.of_person(person)[: tags.MOST * 3]})}


def owners_of(person: int, _now: "datetime") -> Part:
    """Who looks after them in which department."""
    return {
        "all": [
            {
                "id": one.department_id,
                "name": one.department.name,
                "mark": one.department.mark,
                "mate": rows.mate(one.user_id, str(one.user)),
            }
            for one in owners.current(owners.of_person(person))
        ],
    }


_SECTIONS: Mapping[str, Callable[[int, "datetime"], Part]] = {
    "roles": roles_of,
    "attributes": attributes_of,
    "deals": deals_of,
    "pins": pins_of,
    "tags": tags_of,
    "owners": owners_of,
}
