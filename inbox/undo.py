"""What colleagues did, kept so that they can take it back: what still is as they left it, as it was before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inbox import deeds, restoring
from inbox.models import Deed, Delivery, Event, Message
from people.models import User

KEPT = timedelta(days=7)
# What the timeline says was taken back.
WORDS: Mapping[str, Any] = {
    "close": gettext_lazy("Closed"),
    "reopen": gettext_lazy("Opened again"),
    "snooze": gettext_lazy("Snoozed"),
    "assign": gettext_lazy("Assigned"),
    "move": gettext_lazy("Handed over"),
    "priority": gettext_lazy("Priority"),
    "tag": gettext_lazy("Tags"),
    "spam": gettext_lazy("Spam"),
    "back": gettext_lazy("Not spam"),
    "unread": gettext_lazy("Unread"),
    "ask": gettext_lazy("Asked another department"),
    "leave": gettext_lazy("Department left"),
    "link": gettext_lazy("Linked"),
    "unlink": gettext_lazy("Link taken away"),
    "follow": gettext_lazy("You follow this conversation"),
    "unfollow": gettext_lazy("You follow it no more"),
    "macro": gettext_lazy("Macro"),
}


def record(verb: str, said: str, parts: Collection[restoring.Part], *, by: User) -> int:
    """Keep a deed whose parts say of each conversation how it was and is; returns its number."""
    return Deed.objects.create(user=by, verb=verb, said=said[:200], parts=list(parts), at=timezone.now()).pk


@transaction.atomic
def join(numbers: Collection[int], verb: str, said: str, *, by: User) -> int | None:
    """Make one of several deeds of `by`: taken back in one go, as before the first, while all is as after the last.

    Returns its number; None where there is none of them.
    """
    deeds = list(Deed.objects.filter(pk__in=numbers, user=by).order_by("pk"))
    if not deeds:
        return None
    parts: dict[int, restoring.Part] = {}
    for part in (part for deed in deeds for part in deed.parts):
        whole = parts.setdefault(part["id"], {**part, "before": {}, "after": {}})
        whole["before"] = merged(part["before"], whole["before"])
        whole["after"] = merged(whole["after"], part["after"])
        whole |= merged(whole, {key: value for key, value in part.items() if key not in ("id", "before", "after")})
    first, *others = deeds
    Deed.objects.filter(pk__in=[one.pk for one in others]).delete()
    Deed.objects.filter(pk=first.pk).update(verb=verb, said=said[:200], parts=list(parts.values()))
    return first.pk


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a conversation, from both; `over` counts where both know something, tag for tag. Lists, as of
    contributors and lessons, add up."""
    found = {**under, **over}
    for name in under.keys() & over.keys():
        if isinstance(under[name], dict) and isinstance(over[name], dict):
            found[name] = merged(under[name], over[name])
        elif isinstance(under[name], list) and isinstance(over[name], list):
            found[name] = [*under[name], *over[name]]
    return found


def newest(by: User) -> Deed | Message | None:
    """What `by` did last and can take back: a deed, or a reply that has not left yet. One statement, two of a reply."""
    now = timezone.now()
    waiting = Message.objects.filter(
        author=by, delivery__state=Delivery.State.QUEUED, delivery__is_later=False, delivery__send_after__gt=now
    )
    is_before_reply = Exists(waiting.filter(created_at__gt=OuterRef("at")))
    deed = _deeds(by).annotate(is_before_reply=is_before_reply).order_by("-at", "-id").first()
    if deed is not None and not deed.is_before_reply:
        return deed
    reply = waiting.select_related("conversation__department", "delivery").order_by("-created_at", "-id").first()
    return reply or deed


def _deeds(by: User) -> QuerySet[Deed]:
    """What they can take back."""
    return Deed.objects.filter(user=by, undone_at=None, at__gt=timezone.now() - KEPT)


@dataclass(frozen=True, slots=True)
class Back:
    """What became of taking something back: of which conversations, and of which not. `who` has changed those."""

    deed: Deed
    ids: list[int]
    left: list[int]
    who: str

    def said(self) -> str:
        """The same in words, for whoever did it."""
        if not self.left:
            return _("Taken back: %(what)s") % {"what": deeds.told(self.deed)}
        if not self.ids:
            return _("Not taken back: %(name)s has changed it since.") % {"name": self.who or _("Somebody")}
        numbers = {"n": len(self.ids), "all": len(self.ids) + len(self.left), "name": self.who or _("Somebody")}
        words = ngettext(
            "%(n)s of %(all)s taken back. %(name)s has changed the other since.",
            "%(n)s of %(all)s taken back. %(name)s has changed the others since.",
            len(self.left),
        )
        return words % numbers


@transaction.atomic
def take_back(pk: int, *, by: User) -> Back | None:
    """Put back how things were before a deed of `by`, where they still are as it left them.

    What anybody has changed since stays. None where there is no such deed, or it was taken back already.
    """
    deed = _deeds(by).select_for_update().filter(pk=pk).first()
    if deed is None:
        return None
    parts = {int(part["id"]): part for part in deed.parts}
    ids = restoring.restore(parts, str(WORDS[deed.verb]), by=by)
    for pk in ids:
        parts[pk]["back"] = True
    deed.parts, deed.undone_at = list(parts.values()), timezone.now()
    deed.save(update_fields=["parts", "undone_at"])
    left = [pk for pk in parts if pk not in ids]
    return Back(deed, ids, left, _who_changed(left, deed.at, by) if left else "")


def forget(now: datetime) -> int:
    """Deeds that nobody can take back any more; returns how many went."""
    return Deed.objects.filter(at__lt=now - KEPT).delete()[0]


def _who_changed(left: Collection[int], since: datetime, by: User) -> str:
    """The colleague who did something last there; empty where it was nobody, but a customer or the clock."""
    done = Event.objects.filter(conversation__in=left, at__gt=since, actor__isnull=False).exclude(actor=by)
    last = done.select_related("actor").order_by("-at", "-id").first()
    return str(last.actor) if last else ""
