"""The reading pane: a conversation with the timeline of its contact, the composer, and the card beside it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext

from connectors.protocol import Capability, Enclosable
from connectors.registry import CONNECTORS
from contacts.contacting import why_not
from inbox import assigned, marks, places, replies, rows, timeline, why
from inbox import card as cards
from inbox.cursors import Cursor
from inbox.entries import entries
from inbox.facts.brief import brief
from inbox.models import Conversation, ConversationTag, Delivery, Draft, Message, Seen
from inbox.presentation import day_name, deadline, face, full, network_name
from inbox.speech import Telling

if TYPE_CHECKING:
    from inbox.lists import Scope
    from inbox.timeline import Window
    from people.models import User

State = Conversation.State


def find(user: "User", pk: int) -> Conversation:
    """A conversation with what a page needs: `forbidden`, `seen_at`, `may_act`, `given`, `draft`. One statement.

    Raises Http404 where there is none.
    """
    begun = Draft.objects.filter(conversation=OuterRef("pk"), user=user)
    taken_back = Message.objects.filter(conversation=OuterRef("pk"), author=user, delivery__state=Delivery.State.DRAFT)
    found = (
        Conversation.objects.visible_to(user)
        .select_related("identity__contact", "channel", "department", "assignee__presence")
        .annotate(
            forbidden=why_not("identity__contact"),
            seen_at=Subquery(Seen.objects.filter(user=user, conversation=OuterRef("pk")).values("at")[:1]),
            may_act=Exists(Conversation.objects.actionable_by(user).filter(pk=OuterRef("pk"))),
            given=assigned.why(OuterRef("pk"), OuterRef("assignee")),
            draft=Coalesce(Subquery(begun.values("text")[:1]), Subquery(taken_back.values("text")[:1])),
        )
        .annotate(
            tagged=ArraySubquery(
                ConversationTag.objects.filter(conversation=OuterRef("pk")).order_by("name").values("name")
            )
        )
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def telling(conversation: Any, scope: "Scope") -> Telling:
    """In which light the conversation's timeline is told to this reader."""
    return Telling(
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
        "department": conversation.department.name,
        "department_id": conversation.department_id,
        "mate": rows.mate(assignee.pk, str(assignee)) if assignee else None,
        "is_mine": conversation.assignee_id == scope.user.pk,
        "ring": marks.ring(owed),
        "due": full(conversation.due_at) if conversation.due_at else "",
        "priority": conversation.priority,
        "priorities": Conversation.Priority.choices[::-1],
        "state": conversation.state,
        "tags": conversation.tagged,
        "state_label": State(conversation.state).label,
        "snoozed_until": full(conversation.snoozed_until) if conversation.snoozed_until else "",
        "may_act": conversation.may_act,
        "down": scope.broken.get(conversation.channel_id),
    }


def first_name(name: str) -> str:
    """What a person is called who has a first name; a handle stays whole."""
    words = name.split()
    return words[0] if len(words) > 1 and not words[0].islower() and len(words[0]) > 1 else name


def composer(conversation: Any, seen: int) -> dict[str, Any]:
    """Where an answer is written, or the reason why none can be. `seen` is the newest message on the page."""
    able = _able(conversation) if conversation.may_act else None
    return {
        "can_reply": bool(able and able.can_reply),
        "reason": able.reason if able else "",
        "reach": _reach(bool(able and able.public), conversation.channel.account),
        "limit": able.text_limit if able else None,
        "counts": _counts(conversation) if able and able.text_limit else "",
        "until": full(able.until) if able and able.until else "",
        "audiences": able.audiences if able else (),
        "notice": able.notice if able else "",
        "files": _enclosable(able.files) if able and able.files else None,
        "account": conversation.channel.account,
        "network": marks.network(conversation.identity.network),
        "network_name": network_name(conversation.identity.network),
        "draft": conversation.draft or "",
        "seen": seen,
        "click": uuid4(),
    }


def _able(conversation: Any) -> Capability:
    if conversation.forbidden is not None:
        return Capability(can_reply=False, reason=replies.not_to_be_contacted(conversation.forbidden))
    return replies.capability(conversation)


def _enclosable(allowed: Enclosable) -> dict[str, Any]:
    types = [f"{kind}*" if kind.endswith("/") else kind for kind in allowed.types]
    return {"accept": ",".join(types), "count": allowed.count, "size": filesizeformat(allowed.size)}


def _counts(conversation: Conversation) -> str:
    return CONNECTORS[conversation.channel.network].counts


def _reach(public: bool, account: str) -> str:
    if account:
        return (gettext("Public, as %(account)s") if public else gettext("Private, as %(account)s")) % {
            "account": account
        }
    return gettext("Public") if public else gettext("Private")


def last_message(events: Iterable[dict[str, Any]], conversation: Conversation) -> int:
    """The newest message of this conversation among events; whoever answers has had it before them."""
    ids = (one["message_id"] or 0 for one in events if one["conversation_id"] == conversation.pk)
    return max(ids, default=0)


def contact_card(conversation: Any, scope: "Scope") -> dict[str, Any]:
    """Who the contact is, who is responsible, and why this is here."""
    accounts = cards.identities(conversation)
    return {
        "bio": conversation.identity.bio,
        "url": reverse("contact", args=[conversation.identity.contact_id]),
        "person": conversation.identity.contact_id,
        **brief(accounts["known"]),
        "identities": accounts,
        "owners": cards.owners(conversation, scope.departments),
        "assigned": assigned.part(conversation, scope.now),
        "why": why.explain(conversation, scope.sidebar.by_slug(), scope.now),
    }
