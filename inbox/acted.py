"""How a deed on conversations runs: what may be touched is locked, what has changed is written, told and kept."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox import events, learning, live, meanwhile, standing, undo
from inbox.learning import Lesson
from inbox.models import Conversation
from inbox.refusals import Conflict, NotAllowed
from people.models import User
from socialcrm import jobs

AT_ONCE = 1_000
"""Conversations of one deed."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a deed did: to which conversations, which it left (and why, in a sentence), and how to take it back.

    Nothing to take back where all were so already: `deed` is None then.
    """

    ids: list[int]
    said: str
    left: int = 0
    why: str = ""
    deed: int | None = None

    def told(self) -> str:
        """What happened, and what did not, in words."""
        if not self.left:
            return self.said
        left = ngettext("%(n)s was left as it is.", "%(n)s were left as they are.", self.left) % {"n": self.left}
        return " ".join(filter(None, [f"{self.said}.", left, self.why]))


@dataclass(slots=True)
class Acting:
    """One deed of `by` under way, in the transaction of its caller.

    `found` are those that may be changed. Whoever names one conversation is told why not; of a collection, those that
    `by` may not touch are left. `was`: what `by` had before their eyes of one. Raises NotAllowed where none may be
    touched, Conflict where there are too many, or one that has changed since, and Http404 where there is none.

    What is changed, told and kept is written once, when all is `done`; of a deed that is made of several (a macro),
    each of which is given this one as what it acts on, when that `joint` one is `finished`.
    """

    about: Conversation | Collection[int]
    by: User
    was: Mapping[str, Any] | None = None
    joint: bool = False
    found: list[Conversation] = field(init=False)
    left: int = field(init=False)
    why: str = field(init=False, default="")
    _locked: list[Conversation] = field(init=False)
    _before: dict[int, standing.Standing] = field(init=False)
    _clocks: dict[int, standing.Standing] = field(init=False)
    _parts: dict[int, dict[str, Any]] = field(init=False, default_factory=dict)
    _changed: dict[int, Conversation] = field(init=False, default_factory=dict)
    _entries: list[events.Entry] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        ids = {self.about.pk} if isinstance(self.about, Conversation) else set(self.about)
        if len(ids) > AT_ONCE:
            raise Conflict(_("Choose at most %(n)s conversations at once.") % {"n": AT_ONCE})
        self.found = self._locked = standing.locked(ids, by=self.by)
        self.left = len(ids) - len(self.found)
        if ids and not self.found:
            raise NotAllowed(self._refusal())
        self._before = {one.pk: standing.of(one) for one in self.found}
        self._clocks = {one.pk: standing.clock(one) for one in self.found}
        for pk, now in self._before.items():
            if any(now[name] != value for name, value in (self.was or {}).items()):
                meanwhile.refuse_changed(pk, by=self.by)

    @classmethod
    def on(cls, about: "About", *, by: User, was: Mapping[str, Any] | None = None) -> "Acting":
        """A deed on these conversations, or the next one of a joint deed, on all that this one has found."""
        if isinstance(about, Acting):
            about.found, about.why = about._locked, ""
            return about
        return cls(about, by=by, was=was)

    def _refusal(self) -> str:
        if isinstance(self.about, Conversation):
            seen = Conversation.objects.visible_to(self.by).there().filter(pk=self.about.pk)
            if (owner := seen.values_list("department__name", flat=True).first()) is None:
                raise Http404
            return _("This conversation belongs to %(owner)s.") % {"owner": owner}
        return _("This belongs to another department. Ask them, or a manager.")

    @property
    def count(self) -> int:
        """How many are changed."""
        return len(self._parts)

    def keep(self, able: Collection[int], why: str) -> None:
        """Only these of what was found; the others are left because of `why`. Raises Conflict where that is all."""
        kept = [one for one in self.found if one.pk in set(able)]
        if len(kept) == len(self.found):
            return
        if not kept:
            raise Conflict(why)
        self.left, self.why, self.found = self.left + len(self.found) - len(kept), why, kept

    def change(self) -> None:
        """What is different now will be written; the rest was so already."""
        changed = []
        for one in self.found:
            now = standing.of(one)
            before, after = standing.differences(self._before[one.pk], now)
            if after:
                changed.append(one)
                self.kept({one.pk: before | self._clocks[one.pk]}, {one.pk: after})
                self._before[one.pk] = now
        self.found = changed
        self._changed |= {one.pk: one for one in changed}

    def kept(
        self, before: Mapping[int, Mapping[str, Any]], after: Mapping[int, Mapping[str, Any]] | None = None
    ) -> None:
        """What else of each is to be put back, and what of it must still be so then."""
        for pk, values in before.items():
            part = self._parts.setdefault(pk, {"id": pk, "before": {}, "after": {}})
            part["before"] = undo.merged(values, part["before"])
            part["after"] = undo.merged(part["after"], (after or {}).get(pk, {}))

    def teach(self, lessons: Collection[Lesson], reason: str = "", like: int | None = None) -> None:
        """That a colleague put them where they belong, so far as they were changed. `like`: what they resemble."""
        said = [one for one in lessons if one.conversation in self._parts]
        if said:
            for pk, lesson in learning.teach(said, by=self.by, reason=reason, like=like).items():
                self._parts[pk] = undo.merged(self._parts[pk], {"learnt": [lesson]})

    def tell(
        self, kind: str, of_each: Mapping[int, Mapping[str, Any]] | None = None, *, is_heard: bool = True, **data: Any
    ) -> None:
        """Put it on the timelines of those that were changed. `of_each`: what is each one's own; `is_heard`: whether it
        may concern anybody but `by`."""
        now = timezone.now()
        for one in self.found:
            said = {**data, **(of_each or {}).get(one.pk, {})}
            self.log([events.Entry.of(one, kind, by=self.by, at=now, data=said, is_heard=is_heard)])
        if self.found:
            # Somebody has a hand free now, or something waits that did not.
            jobs.ring(jobs.ASSIGN)

    def log(self, entries: Iterable[events.Entry]) -> None:
        """Put these on their timelines, and tell browsers."""
        self._entries += entries

    def done(self, verb: str, one: str, many: str, named: Mapping[str, Any] | None = None) -> Done:
        """Write what was changed and told, and keep the deed, if it changed anything. `one` says it of one
        conversation, `many` of %(n)s. Of a joint deed nothing is written yet."""
        single = isinstance(self.about, Conversation)
        said = one if single else many % {"n": self.count, **(named or {})}
        if not single and not self._parts:
            said = _("Nothing has changed: they are so already.")
        deed = None if self.joint else self.finish(verb, said)
        return Done(list(self._parts), said, self.left, self.why, deed)

    def finish(self, verb: str, said: str) -> int | None:
        """Write all that was changed and told; returns the number of the deed, if it changed anything."""
        standing.write(list(self._changed.values()))
        events.record(self._entries)
        if self._entries:
            live.changed(conversations={one.conversation_id for one in self._entries if one.conversation_id})
        return undo.record(verb, said, self._parts.values(), by=self.by) if self._parts else None


About = Conversation | Collection[int] | Acting
