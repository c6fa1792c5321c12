"""Changing the draft: one change at a time, told apart from what others did meanwhile."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext

from inbox.ruling.names import Names
from routing import versions
from routing.lint import lint
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
    versions.hold()
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


def publish(by: "User", revision: int | None, reason: str) -> Ruleset:
    """Put the draft in force.

    Raises Conflict where it is another one by now, and once where another version was put in force since it began: the
    differences to look at are other ones then. Raises Refused for rules with errors.
    """
    with transaction.atomic():
        draft = Ruleset.objects.draft().select_for_update().first()
        if draft is None or draft.revision != revision:
            raise Conflict(_who(draft))
        now = Ruleset.objects.published().select_related("published_by").first()
        if now is None or draft.based_on_id == now.pk:
            _refuse_errors(draft.rules)
            rules, thresholds, based_on = draft.rules, draft.thresholds, draft.based_on
            draft.delete()
            return versions.publish(rules, thresholds, by=by, reason=reason, based_on=based_on)
        draft.based_on = now
        draft.save(update_fields=["based_on"])
    name = str(now.published_by) if now.published_by else gettext("Somebody")
    text = gettext(
        "%(name)s has put version %(number)s in force since this draft began. Look at what would change now,"
        " then publish again."
    )
    raise Conflict(text % {"name": name, "number": now.number})


@transaction.atomic
def roll_back(by: "User", number: int, reason: str) -> Ruleset:
    """Put an old version in force again, as a new one. Raises Refused where what it names is not there any more."""
    old = Ruleset.objects.get(number=number)
    _refuse_errors(old.rules)
    return versions.publish(old.rules, old.thresholds, by=by, reason=reason, based_on=old)


def _refuse_errors(rules: Rules) -> None:
    wrong = next((one for one in lint(rules, Names().known) if one.is_error), None)
    if wrong is not None:
        name = next((rule["name"] for rule in rules if rule["id"] == wrong.rule), "")
        raise Refused(gettext("The rule “%(name)s” cannot be in force: %(text)s") % {"name": name, "text": wrong.text})
