"""Conversations that belong together although they are not the same, as two reports of one fault."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Identity
from contacts.names import fold
from inbox import events
from inbox.acted import Acting, Done
from inbox.models import Conversation, Link
from inbox.numbers import row_number
from inbox.refusals import Conflict
from people.models import User

MOST = 50
"""Links of one conversation."""
# Offered in the dialog, and people whose conversations are looked at for that.
_OFFERED, _PEOPLE = 20, 50


@transaction.atomic
def link(conversation: Conversation, other: int, *, by: User, reason: str = "") -> Done:
    """Say that two conversations belong together; it stands on both timelines. Twice is once.

    Raises Conflict on one that is not there, on itself, or on too many; NotAllowed.
    """
    acting = Acting(conversation, by=by)
    (here,) = acting.found
    if other == here.pk:
        raise Conflict(_("This is the same conversation. Choose another one."))
    there = Conversation.objects.visible_to(by).there().filter(pk=other).first()
    if there is None:
        raise Conflict(_("There is no conversation #%(n)s.") % {"n": other})
    if _of(here.pk).count() >= MOST:
        raise Conflict(_("There are %(n)s links already. Take one away first.") % {"n": MOST})
    one, two = sorted((here.pk, there.pk))
    values = {"reason": reason.strip()[:500], "by": by, "at": timezone.now()}
    made, is_new = Link.objects.get_or_create(one_id=one, other_id=two, defaults=values)
    if is_new:
        _tell(acting, here, there, "linked", is_on=True, reason=made.reason)
    said = _("Linked with #%(n)s") % {"n": other}
    return acting.done("link", said, said)


@transaction.atomic
def unlink(conversation: Conversation, other: int, *, by: User) -> Done:
    """They do not belong together; nothing is done where nobody said so. Raises NotAllowed."""
    acting = Acting(conversation, by=by)
    (here,) = acting.found
    one, two = sorted((here.pk, other))
    there = Conversation.objects.filter(pk=other).first()
    said = _("There was no such link any more.")
    if Link.objects.filter(one_id=one, other_id=two).delete()[0] and there is not None:
        _tell(acting, here, there, "unlinked", is_on=False)
        said = _("Link taken away")
    return acting.done("unlink", said, said)


def linked(conversation: int, user: User) -> list[Conversation]:
    """What belongs together with a conversation, newest first, each with `why`. Two statements."""
    why = {
        (row["other_id"] if row["one_id"] == conversation else row["one_id"]): row["reason"]
        for row in _of(conversation).values("one_id", "other_id", "reason")
    }
    found = list(_drawn(Conversation.objects.visible_to(user).filter(pk__in=why)))
    for one in found:
        one.why = why[one.pk]  # type: ignore[attr-defined]
    return found


def offered(conversation: Conversation, user: User, q: str = "") -> list[Conversation]:
    """What could be meant: by number, by a name, or else others of this person. Two statements at most."""
    seen = Conversation.objects.visible_to(user).exclude(pk=conversation.pk)
    number = row_number(q.strip().removeprefix("#"))
    if number is not None:
        return list(_drawn(seen.filter(pk=number)))
    if q.strip():
        people = Identity.objects.filter(search_key__contains=fold(q.strip())[:100]).order_by("pk")
        return list(_drawn(seen.filter(identity__in=list(people.values_list("pk", flat=True)[:_PEOPLE]))))
    return list(_drawn(seen.filter(identity__contact=conversation.identity.contact_id)))


def _drawn(found: Any) -> Collection[Conversation]:
    drawn = found.select_related("identity__contact", "department", "assignee")
    result: Collection[Conversation] = drawn.order_by("-last_message_at", "-id")[:_OFFERED]
    return result


def _of(conversation: int) -> Any:
    return Link.objects.filter(Q(one=conversation) | Q(other=conversation))


def _tell(acting: Acting, here: Conversation, there: Conversation, kind: str, *, is_on: bool, **more: str) -> None:
    """On both timelines; taken back from where it was done."""
    acting.kept({here.pk: {"links": {str(there.pk): not is_on}}}, {here.pk: {"links": {str(there.pk): is_on}}})
    now = timezone.now()
    acting.log(
        events.Entry.of(mine, kind, by=acting.by, at=now, data={"other": str(theirs.pk), **more})
        for mine, theirs in ((here, there), (there, here))
    )
