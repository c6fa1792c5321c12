"""The timeline's log: every kind of entry is declared here, and `record` is its only writer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from inbox.notifying import hearing
from socialcrm.bulk import copy_rows

if TYPE_CHECKING:
    from inbox.models import Conversation
    from people.models import User


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: the icon and sentence that it is drawn with, and the particulars that its data holds."""

    icon: str
    sentence: Any
    particulars: tuple[str, ...] = ()
    # Particulars that events of this kind may be without.
    optional: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "message": Kind("message-square", _("Message")),
    "note": Kind("lock", _("Internal note"), optional=("mentions",)),
    "routed": Kind("arrow-right-left", _("Routed from {from} to {to}"), ("from", "to")),
    "handover": Kind("arrow-right-left", _("{from} handed over to {to}"), ("from", "to", "reason"), ("had",)),
    "contributor": Kind("users", _("{department} takes part"), ("department", "reason")),
    "second_look": Kind("arrow-right-left", _("A second look moved it from {from} to {to}"), ("from", "to", "reason")),
    "set_aside": Kind("archive", _("Set aside"), ("reason",)),
    "blocked": Kind("circle-x", _("{who} is blocked"), ("who", "reason")),
    "prioritised": Kind("flag", _("Priority: {to}"), ("from", "to", "reason")),
    "conversation_tagged": Kind("tag", _("Tagged {tag}"), ("tag",)),
    "conversation_untagged": Kind("tag", _("Tag {tag} taken away"), ("tag",)),
    "given": Kind("user-plus", _("Given to {to}: {reason}"), ("to", "reason")),
    "released": Kind("users", _("Taken from {from}, to be given to others"), ("from",)),
    "due_soon": Kind("clock", _("A reply is due soon: {step}"), ("due", "step")),
    "late": Kind("clock", _("The reply is late: {step}"), ("due", "step")),
    "assigned": Kind("user-plus", _("Assigned to {to}"), ("to",)),
    "unassigned": Kind("user", _("Nobody is assigned")),
    "closed": Kind("check", _("Closed")),
    "reopened": Kind("inbox", _("Opened again")),
    "snoozed": Kind("alarm-clock", _("Snoozed"), ("until", "reason")),
    "woken": Kind("alarm-clock", _("Back from snooze"), ("reason",)),
    "contributor_left": Kind("users", _("{department} takes part no more"), ("department", "reason")),
    "linked": Kind("link", _("Linked with #{other}"), ("other", "reason")),
    "unlinked": Kind("link", _("Link with #{other} taken away"), ("other",)),
    "macro": Kind("zap", _("Macro used: {name}"), ("name",)),
    "held": Kind("clock", _("A reply was held back"), ("reason",)),
    "undone": Kind("undo-2", _("Taken back: {what}"), ("what",), ("moves",)),
    "promised": Kind("flag", _("{department} promised: {text}"), ("department", "text", "until")),
    "promise_kept": Kind("check", _("Promise kept: {text}"), ("text",)),
    "promise_withdrawn": Kind("x", _("Promise taken back: {text}"), ("text",)),
    # Of a person as such.
    "merged": Kind("git-merge", _("Merged with {name}"), ("merge", "name", "origin", "reason")),
    "unmerged": Kind("split", _("Separated from {name}"), ("merge", "name")),
    "renamed": Kind("pencil", _("Renamed from {from} to {to}"), ("from", "to")),
    "role_given": Kind("trending-up", _("Became {role}"), ("role", "role_id", "reason")),
    "role_ended": Kind("arrow-down", _("No longer {role}"), ("role", "role_id", "reason")),
    "attribute": Kind("pencil", _("{name}: {to}"), ("name", "from", "to")),
    "deal_opened": Kind("circle-dollar-sign", _("Deal opened: {title}"), ("deal", "title", "amount")),
    "deal_moved": Kind("circle-dollar-sign", _("Deal {title}: {to}"), ("deal", "title", "from", "to")),
    "pinned": Kind("pin", _("Pinned a note"), ("text",)),
    "unpinned": Kind("pin", _("Took a pinned note away"), ("text",)),
    "tagged": Kind("tag", _("Tagged {tag}"), ("tag",)),
    "untagged": Kind("tag", _("Tag {tag} taken away"), ("tag",)),
    "owner": Kind("user-plus", _("{to} looks after them in {department}"), ("department", "to")),
    "imported": Kind("download", _("Imported from {system}"), ("import", "system")),
    "import_undone": Kind("rotate-ccw", _("Import from {system} taken back"), ("import", "system")),
    "do_not_contact": Kind("circle-x", _("Not to be contacted"), ("reason",)),
    "may_contact": Kind("check", _("May be contacted again"), ("reason",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event about to be recorded; ids point at rows of the running transaction.

    Either of a conversation (with its channel and identity), or of a contact.
    """

    kind: str
    at: datetime
    channel_id: int | None = None
    identity_id: int | None = None
    conversation_id: int | None = None
    contact_id: int | None = None
    message_id: int | None = None
    note_id: int | None = None
    actor_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    # Whether it may concern anybody but who did it.
    is_heard: bool = True

    @classmethod
    def of(
        cls, conversation: "Conversation", kind: str, *, at: datetime, by: "User | None" = None, **particulars: Any
    ) -> "Entry":
        """Something that happened in a conversation; without `by`, nobody did it."""
        return cls(
            kind=kind,
            channel_id=conversation.channel_id,
            identity_id=conversation.identity_id,
            conversation_id=conversation.pk,
            actor_id=by.pk if by else None,
            at=at,
            **particulars,
        )


def record(entries: Iterable[Entry]) -> None:
    """Write events with one statement, and tell those whom they concern with another, where there is anybody.

    Raises ValueError on a kind or particular that is not declared.
    """
    entries = list(entries)
    rows = []
    for entry in entries:
        declared = KINDS.get(entry.kind)
        if declared is None or set(entry.data) - set(declared.optional) != set(declared.particulars):
            raise ValueError(f"{entry.kind} with {sorted(entry.data)} is not declared in inbox/events.py.")
        rows.append(
            (
                entry.kind,
                entry.channel_id,
                entry.identity_id,
                entry.conversation_id,
                entry.contact_id,
                entry.message_id,
                entry.note_id,
                entry.actor_id,
                dict(entry.data),
                entry.at,
            )
        )
    copy_rows(
        "inbox_event",
        (
            "kind",
            "channel_id",
            "identity_id",
            "conversation_id",
            "contact_id",
            "message_id",
            "note_id",
            "actor_id",
            "data",
            "at",
        ),
        rows,
    )
    hearing.hear(entries)


def act(conversation: "Conversation", kind: str, *, by: "User", at: datetime, **particulars: Any) -> None:
    """Record what a colleague did in a conversation. `particulars` are further fields of `Entry`."""
    record([Entry.of(conversation, kind, by=by, at=at, **particulars)])


def act_on_all(
    places: Iterable[tuple[int, int, int]], kind: str, *, by: "User", at: datetime, data: Mapping[str, Any]
) -> None:
    """Record the same deed of a colleague in several conversations, given as (conversation, channel, identity)."""
    record(
        Entry(
            kind=kind,
            channel_id=channel,
            identity_id=identity,
            conversation_id=conversation,
            actor_id=by.pk,
            at=at,
            data=data,
        )
        for conversation, channel, identity in places
    )


def of_contact(contact_id: int, kind: str, *, by: "User | None", at: datetime, **data: Any) -> None:
    """Record something that concerns a person as such. `data` are the kind's particulars."""
    record([Entry(kind=kind, contact_id=contact_id, actor_id=by.pk if by else None, at=at, data=data)])
