"""What a macro does: the same verbs as by hand, with the person's rights, and taken back as one deed."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import events, macros, priorities, snoozing, tagging, triage
from inbox.acted import Acting, Done
from inbox.models import Conversation, Macro
from inbox.triage import Conflict, NotAllowed
from people.models import Department, User


@dataclass(slots=True)
class Ran:
    """What came of macros: how to take it back, whether the conversation is closed by now, and what could not be
    done, in sentences."""

    deed: int | None = None
    closed: bool = False
    failed: list[str] = field(default_factory=list)


def find(user: User, conversation: Conversation, numbers: Collection[int]) -> list[Macro]:
    """The macros of these numbers that somebody may use here."""
    return list(macros.usable(user, conversation).filter(pk__in=list(numbers)[:20])) if numbers else []


def run(conversation: Conversation, chosen: Collection[Macro], *, by: User) -> Ran:
    """Do what macros that went into words say. Whoever may not act here has written their words all the same, and is
    told. No statement where there are no macros, as with most of what is written."""
    if not chosen:
        return Ran()
    try:
        return act(conversation, chosen, by=by)
    except NotAllowed as error:
        macros.used(chosen)
        return Ran(failed=[str(error)])


@transaction.atomic
def act(conversation: Conversation, chosen: Collection[Macro], *, by: User) -> Ran:
    """Do what macros say, each thing by itself: what cannot be done is told, and the rest happens, as one deed. Counts
    their use. Raises NotAllowed, Http404."""
    ran = Ran()
    if not any(macro.actions for macro in chosen):
        macros.used(chosen)
        return ran
    # Conversations come first, macros after them, as with a reply that brings macros along: nobody waits in a circle.
    acting = Acting(conversation, by=by, joint=True)
    macros.used(chosen)
    (current,) = acting.found
    for macro in chosen:
        if _run(acting, macro, by, ran):
            acting.log([events.Entry.of(current, "macro", by=by, at=timezone.now(), data={"name": macro.name})])
            ran.closed = ran.closed or bool(macro.actions.get("close"))
    said = _("Macro used: %(name)s") % {"name": " + ".join(one.name for one in chosen)}
    ran.deed = acting.finish("macro", said)
    return ran


def _run(acting: Acting, macro: Macro, by: User, ran: Ran) -> bool:
    """Whether any of what it says could be done."""
    is_done = False
    for act in _acts(acting, macro, by):
        try:
            with transaction.atomic():
                act()
            is_done = True
        except (NotAllowed, Conflict, ValueError) as error:
            ran.failed.append(str(error))
    return is_done


def _acts(about: Acting, macro: Macro, by: User) -> Iterator[Callable[[], Done]]:
    """In an order in which one does not stand in the way of the next."""
    said = macro.actions
    if tags := said.get("tags"):
        yield lambda: tagging.tag(about, add=tags, by=by)
    if "priority" in said:
        yield lambda: priorities.prioritise(about, to=said["priority"], by=by)
    if who := said.get("assign"):
        yield lambda: triage.assign(about, to=_assignee(who, by), by=by)
    if until := said.get("snooze"):
        yield lambda: snoozing.snooze(about, until=timezone.now() + timedelta(hours=until), by=by)
    if said.get("close"):
        yield lambda: triage.close(about, by=by)
    if to := said.get("move"):
        reason = _("Macro “%(name)s”") % {"name": macro.name}
        yield lambda: triage.hand_over(about, to=_department(to), by=by, reason=reason)


def _assignee(who: dict[str, Any], by: User) -> User | None:
    if who["who"] == "me":
        return by
    if who["who"] == "nobody":
        return None
    found = User.objects.filter(pk=who["id"], is_active=True).first()
    if found is None:
        raise Conflict(_("%(name)s does not work here any more.") % {"name": who.get("name", "")})
    return found


def _department(to: dict[str, Any]) -> Department:
    found = Department.objects.filter(pk=to["id"]).first()
    if found is None:
        raise Conflict(_("The department %(name)s is gone.") % {"name": to.get("name", "")})
    return found
