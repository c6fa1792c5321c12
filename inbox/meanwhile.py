"""What somebody else did with a conversation in the same moment, for whoever comes second."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from inbox.models import Event
from inbox.refusals import Conflict
from inbox.retelling import readable
from people.models import User

_DONE: Mapping[str, Any] = {
    "closed": gettext_lazy("%(name)s has closed this already."),
    "reopened": gettext_lazy("%(name)s has opened this again already."),
    "set_aside": gettext_lazy("%(name)s has set this aside already."),
    "assigned": gettext_lazy("%(name)s has assigned this to %(to)s meanwhile."),
    "given": gettext_lazy("This was given to %(to)s meanwhile."),
    "unassigned": gettext_lazy("%(name)s has taken this from its assignee meanwhile."),
    "handover": gettext_lazy("%(name)s has moved this to %(to)s meanwhile."),
    "snoozed": gettext_lazy("%(name)s has snoozed this already."),
    "undone": gettext_lazy("%(name)s has taken back what was done here: %(what)s."),
}
_OTHERWISE = gettext_lazy("This has changed meanwhile. Look at it again.")


def refuse_repeated(deed: int | None, conversation: int, kind: str, *, by: User) -> None:
    """Raises Conflict where no deed was left to be done because somebody else has done it."""
    if deed is None:
        last = _last(conversation, [kind], by)
        if last is not None:
            raise Conflict(_told(last))


def refuse_changed(conversation: int, *, by: User) -> None:
    """Raises Conflict, and says who changed what `by` had before their eyes."""
    last = _last(conversation, list(_DONE), by)
    raise Conflict(_told(last) if last else str(_OTHERWISE))


def _last(conversation: int, kinds: list[str], by: User) -> Event | None:
    done = Event.objects.filter(conversation=conversation, kind__in=kinds).select_related("actor")
    last = done.order_by("-at", "-id").first()
    return last if last is not None and last.actor_id != by.pk else None


def _told(event: Event) -> str:
    data = readable(event.kind, event.data, by_hand=True)
    return str(_DONE[event.kind]) % {"to": "", "what": "", **data, "name": event.actor or ""}
