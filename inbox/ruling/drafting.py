"""Changing the draft: one change at a time, told apart from what others did meanwhile."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext

from routing import versions
from routing.models import Ruleset

if TYPE_CHECKING:
    from people.models import User

Rule = dict[str, Any]
Rules = list[Rule]


class Conflict(Exception):
    """Somebody else has changed the draft; the text says who."""


class Refused(ValueError):
    """The change makes no sense; the text says why, and what to do instead."""


@transaction.atomic
def edit(by: "User", revision: int | None, change: Callable[[Ruleset], None]) -> Ruleset:
    """Apply a change to the draft, which begins with it if there is none. `revision`: of the draft that was looked at.

    Raises Conflict where the draft is another one by now.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [7_321])
    draft = Ruleset.objects.draft().select_related("author").first()
    if (draft.revision if draft else None) != revision:
        raise Conflict(_who(draft))
    if draft is None:
        base = Ruleset.objects.published().first()
        draft = Ruleset(
            state=Ruleset.State.DRAFT,
            rules=list(base.rules) if base else [],
            thresholds=dict(base.thresholds) if base else {},
            next_rule_id=base.next_rule_id if base else 1,
            based_on=base,
        )
    change(draft)
    draft.author, draft.revision = by, draft.revision + 1
    draft.save()
    return draft


def _who(draft: Ruleset | None) -> str:
    if draft is None:
        return gettext(
            "The draft you were looking at was published or discarded meanwhile. The page shows what is now."
        )
    name = str(draft.author) if draft.author else gettext("Somebody")
    return gettext("%(name)s has changed the draft meanwhile. The page shows it now. Make your change again.") % {
        "name": name
    }


@transaction.atomic
def discard(revision: int | None) -> None:
    """Forget the draft. Raises Conflict where it is another one by now."""
    draft = Ruleset.objects.draft().select_for_update().first()
    if draft is None or draft.revision != revision:
        raise Conflict(_who(draft))
    draft.delete()


@transaction.atomic
def publish(by: "User", revision: int | None, reason: str) -> Ruleset:
    """Put the draft in force. Raises Conflict where it is another one by now."""
    draft = Ruleset.objects.draft().select_for_update().first()
    if draft is None or draft.revision != revision:
        raise Conflict(_who(draft))
    rules, thresholds, based_on = draft.rules, draft.thresholds, draft.based_on
    draft.delete()
    return versions.publish(rules, thresholds, by=by, reason=reason, based_on=based_on)


@transaction.atomic
def roll_back(by: "User", number: int, reason: str) -> Ruleset:
    """Put an old version in force again, as a new one."""
    old = Ruleset.objects.get(number=number)
    return versions.publish(old.rules, old.thresholds, by=by, reason=reason, based_on=old)
