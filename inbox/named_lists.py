"""The lists with a name: the fixed ones, the queues of departments, and those that people saved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import Http404

from contacts.models import Identity
from inbox.models import Conversation, Follow, Mention
from inbox.sidebar import FIXED, Pill, Queue, Sidebar

if TYPE_CHECKING:
    from inbox.saved_views import Saved
    from people.models import User

State = Conversation.State
Conversations = QuerySet[Conversation]
GONE = "gone"
# Where all have the same assignee, or none.
OF_ONE = ("mine", "unassigned")
# Where nobody waits for a first reply, or not in an order of its own.
_NEWEST_ONLY = ("snoozed", "closed", "sent", "aside", "mentions", "following")


@dataclass(frozen=True, slots=True)
class View:
    """A list with a name. `saved`: what somebody made of `base`, another one."""

    slug: str
    title: str
    department: Queue | None = None
    saved: "Saved | None" = None
    base: str = ""

    def conversations(self, user: "User") -> Conversations:
        """What belongs in it, before any filter."""
        seen = Conversation.objects.visible_to(user)
        return seen.open().filter(department=self.department.id) if self.department else BASES[self.base](seen, user)

    @property
    def has_deadlines(self) -> bool:
        """Whether somebody may be waiting for a first reply here."""
        return self.base not in _NEWEST_ONLY

    @property
    def is_of_one(self) -> bool:
        """Whether all in it have the same assignee, or none."""
        return self.base in OF_ONE

    @property
    def home(self) -> str:
        """The filters that it has of itself."""
        return self.saved.query if self.saved else ""

    def count(self, sidebar: Sidebar) -> int | None:
        """How many conversations are in one that was not saved; what was sent is not counted."""
        return self.department.count if self.department else sidebar.counts.get(self.slug)

    def at_risk(self, sidebar: Sidebar) -> Pill:
        """How many of it are late or soon will be, where that is known."""
        if self.saved:
            return Pill()
        if self.department:
            return self.department.pill
        return {"open": sidebar.at_risk, "mine": sidebar.mine}.get(self.slug, Pill())


def _followed(seen: Any, user: "User") -> Conversations:
    follows = Follow.objects.filter(user=user)
    persons = Identity.objects.filter(contact__in=follows.exclude(contact=None).values("contact"))
    of_persons = Conversation.objects.filter(identity__in=persons).exclude(state=State.NOISE).values("pk")
    by_hand = follows.exclude(conversation=None).values("conversation")
    found: Conversations = seen.filter(pk__in=by_hand.union(of_persons))
    return found


BASES: Mapping[str, Callable[[Any, "User"], Conversations]] = {
    "mine": lambda seen, user: seen.open().filter(assignee=user),
    "unassigned": lambda seen, user: seen.open().filter(assignee=None),
    "open": lambda seen, user: seen.open(),
    "snoozed": lambda seen, user: seen.filter(state=State.SNOOZED),
    "closed": lambda seen, user: seen.filter(state=State.CLOSED),
    "sent": lambda seen, user: seen.filter(messages__delivery__isnull=False),
    "mentions": lambda seen, user: seen.filter(pk__in=Mention.objects.filter(user=user).values("conversation")),
    "following": _followed,
    "aside": lambda seen, user: seen.filter(state=State.NOISE),
    # What a saved view is about that narrows down the queue of a department that is closed.
    GONE: lambda seen, user: seen.none(),
}


def find(slug: str, sidebar: Sidebar) -> View:
    """The view that an address names. Raises Http404 for one that there is not, or that is somebody else's."""
    if slug.startswith("v/"):
        saved = next((one for one in sidebar.saved if one.path == slug), None)
        if saved is None:
            raise Http404
        try:
            base = find(saved.base, sidebar)
        except Http404:
            base = View(slug, saved.name, base=GONE)
        return View(slug, saved.name, base.department, saved, base.base)
    if slug in FIXED:
        return View(slug, str(FIXED[slug].title), base=slug)
    queue = sidebar.by_slug().get(slug.removeprefix("q/"))
    if queue is None:
        raise Http404
    return View(slug, queue.name, queue, base=slug)
