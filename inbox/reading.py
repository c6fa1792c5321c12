"""The reading pane: a conversation with the timeline of its contact, the composer, and the card beside it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from contacts.contacting import why_not
from inbox import answering, assigned, attaching, drafts, marks, places, replies, rows, timeline, why
from inbox import card as cards
from inbox.composing import composer
from inbox.cursors import Cursor
from inbox.entries import entries
from inbox.facts.brief import brief
from inbox.models import Contributor, Conversation, ConversationTag, Follow, Seen
from inbox.presentation import day_name, deadline, face, full
from inbox.speech import Telling
from inbox.together import chain
from people.models import User
from people.presence import is_here
from people.statements import Statement

if TYPE_CHECKING:
    from inbox.lists import Scope
    from inbox.timeline import Window

State = Conversation.State
# What says whether it works, and what it answers with.
_OF_CHANNEL = ("channel__credential", "channel__pull", "channel__watch", "channel__calls")


def find(user: User, pk: int) -> Conversation:
    """A conversation with what a page needs: `forbidden`, `seen_at`, `may_act`, `given`, `begun` and more.

    One statement. Raises Http404 where there is none.
    """
    found = _FOUND(user.is_active, str(user.role), user=user.pk, pk=pk, now=timezone.now())
    if not found:
        raise Http404
    conversation: Conversation = found[0]
    return conversation


def _found(is_active: bool, role: str, user: int, pk: int, now: datetime) -> Any:
    reader = User(pk=user, is_active=is_active, role=role)
    return (
        Conversation.objects.visible_to(reader)
        .select_related("identity__contact", "department", "assignee__presence", *_OF_CHANNEL)
        .annotate(
            forbidden=why_not("identity__contact"),
            seen_at=Subquery(Seen.objects.filter(user=reader, conversation=OuterRef("pk")).values("at")[:1]),
            may_act=Exists(Conversation.objects.actionable_by(reader).filter(pk=OuterRef("pk"))),
            given=assigned.why(OuterRef("pk"), OuterRef("assignee")),
            begun=drafts.of(reader),
            files=attaching.kept(reader),
            has_siblings=answering.siblings(),
            spoke=answering.spoke(),
            withdrawn=replies.withdrawn(now),
            tagged=ArraySubquery(
                ConversationTag.objects.filter(conversation=OuterRef("pk")).order_by("name").values("name")
            ),
            is_followed=Exists(Follow.objects.filter(conversation=OuterRef("pk"), user=reader)),
            helping=ArraySubquery(
                Contributor.objects.filter(conversation=OuterRef("pk")).order_by("pk").values("department")
            ),
        )
        .filter(pk=pk, identity__contact__is_erased=False)
    )


_FOUND = Statement(_found)


def telling(conversation: Any, scope: "Scope") -> Telling:
    """In which light the conversation's timeline is told to this reader."""
    return Telling(
        reader=scope.user,
        base=scope.base,
        events=f"{scope.base}c/{conversation.pk}/events/",
        departments=scope.departments,
        now=scope.now,
        here=conversation.pk,
        seen_at=conversation.seen_at,
        may_act=conversation.may_act,
    )


def pane(conversation: Any, scope: "Scope", tl: timeline.Scope, place: Cursor | None = None) -> dict[str, Any]:
    """Everything of the timeline's column and the card, for their templates; the timeline at its end, or at a place."""
    window, goal = places.around(conversation, tl, place) if place else (timeline.newest(conversation, tl), None)
    card = contact_card(conversation, scope)
    return {
        "c": head(conversation, scope, tl),
        "entries": entries(window.events, telling(conversation, scope)),
        **ends(window),
        "composer": composer(conversation, last_message(window.events, conversation)),
        "card": card,
        "goal": goal,
        "nothing_since": day_name(place.at, scope.now) if place and goal is None else "",
        "scope": scope,
    }


def ends(window: "Window") -> dict[str, str]:
    """Where the timeline goes on, and up to where it is shown."""
    last = window.events[-1] if window.events else None
    return {
        "earlier": str(window.earlier or ""),
        "later": str(window.later or ""),
        "elsewhere": "1" if window.is_elsewhere else "",
        "after": str(Cursor(last["at"], last["id"])) if last and not window.later else "",
        "known": str(max((one["id"] for one in window.events), default=0)),
    }


def head(conversation: Any, scope: "Scope", tl: timeline.Scope) -> dict[str, Any]:
    """What stands above the timeline."""
    contact = conversation.identity.contact
    name = contact.name or str(conversation.identity)
    owed = deadline(
        conversation.waiting_since if conversation.state in (State.OPEN, State.SNOOZED) else None,
        conversation.due_at,
        scope.now,
        minutes=conversation.department.reply_minutes,
        paused=conversation.paused_since is not None,
    )
    assignee = conversation.assignee
    return {
        "id": conversation.pk,
        "url": f"{scope.base}c/{conversation.pk}/",
        "back": f"{scope.base}{scope.query}",
        "tl": tl,
        "target": f"#timeline-{conversation.pk}",
        "name": name,
        "first": first_name(name),
        "face": marks.customer(
            name,
            conversation.identity.contact_id,
            "s44",
            "",
            face(conversation.identity_id, conversation.identity.avatar_url),
        ),
        "mark": conversation.department.mark,
        "department_id": conversation.department_id,
        "department": conversation.department.name,
        "mate": _mate(assignee, scope.now) if assignee else None,
        "is_mine": conversation.assignee_id == scope.user.pk,
        "ring": marks.ring(owed),
        "due": full(conversation.due_at) if conversation.due_at else "",
        "follows": conversation.is_followed,
        "helpers": [scope.departments[pk] for pk in conversation.helping if pk in scope.departments],
        "handovers": conversation.handovers if conversation.handovers >= chain.OFTEN else 0,
        "priority": conversation.priority,
        "priorities": tuple(Conversation.Priority.choices[::-1]),
        "state": conversation.state,
        "tags": conversation.tagged,
        "state_label": State(conversation.state).label,
        "snoozed_until": full(conversation.snoozed_until) if conversation.snoozed_until else "",
        "may_act": conversation.may_act,
        "down": scope.broken.get(conversation.channel_id),
    }


def _mate(user: User, now: datetime) -> rows.Row:
    """Whoever has it, and whether they are away."""
    return {
        "id": user.pk,
        "name": str(user),
        "first": str(user).split()[0],
        "away": not is_here(getattr(user, "presence", None), now),
    }


def first_name(name: str) -> str:
    """What a person is called who has a first name; a handle stays whole."""
    words = name.split()
    return words[0] if len(words) > 1 and not words[0].islower() and len(words[0]) > 1 else name


def last_message(events: Iterable[dict[str, Any]], conversation: Conversation) -> int:
    """The newest message of this conversation among events; whoever answers has had it before them."""
    ids = (one["message_id"] or 0 for one in events if one["conversation_id"] == conversation.pk)
    return max(ids, default=0)


def contact_card(conversation: Any, scope: "Scope") -> dict[str, Any]:
    """Who the contact is, who is responsible, and why this is here."""
    known = cards.read(conversation)
    return {
        "bio": conversation.identity.bio,
        "url": reverse("contact", args=[conversation.identity.contact_id]),
        "person": conversation.identity.contact_id,
        **brief(known["known"]),
        "identities": cards.identities(known),
        "owners": cards.owners(known["working"], scope.departments, conversation.pk),
        "assigned": assigned.part(conversation, scope.now),
        "why": why.explain(conversation, known, scope.sidebar.by_slug(), scope.now),
    }
