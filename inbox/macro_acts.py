"""What a macro does: the same verbs as by hand, with the person's rights, and taken back as one deed."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import events, macros, priorities, snoozing, tagging, triage, undo
from inbox.acted import Done
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
    """Do what macros say, each thing by itself: what cannot be done is told, and the rest happens. Counts their use.

    No statement where there are none, as with most of what is written.
    """
    return _run_all(conversation, chosen, by) if chosen else Ran()


@transaction.atomic
def _run_all(conversation: Conversation, chosen: Collection[Macro], by: User) -> Ran:
    ran = Ran()
    macros.used(chosen)
    done: list[Done] = []
    for macro in chosen:
        did = _run(conversation, macro, by, ran)
        if did:
            events.act(conversation, "macro", by=by, at=timezone.now(), data={"name": macro.name})
        ran.closed = ran.closed or bool(did and macro.actions.get("close"))
        done += did
    said = _("Macro used: %(name)s") % {"name": " + ".join(one.name for one in chosen)}
    ran.deed = undo.join([one.deed for one in done if one.deed], "macro", said, by=by)
    return ran


def _run(conversation: Conversation, macro: Macro, by: User, ran: Ran) -> list[Done]:
    done = []
    for act in _acts(conversation, macro, by):
        try:
            with transaction.atomic():
                done.append(act())
        except (NotAllowed, Conflict, ValueError) as error:
            ran.failed.append(str(error))
    return done


def _acts(conversation: Conversation, macro: Macro, by: User) -> Iterator[Callable[[], Done]]:
    """In an order in which one does not stand in the way of the next."""
    said, about = macro.actions, [conversation.pk]
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
        # The last: whoever has moved it away may not act there any more.
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
