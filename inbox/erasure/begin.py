"""The first step of an erasure, at once and in one transaction: nothing of the person comes in or goes out any more."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts import forest, tombstones
from contacts.models import Contact, Erasure, Identity
from contacts.profiles import plain
from inbox import live
from inbox.models import Conversation, Delivery
from inbox.notifying import forgetting
from inbox.turns import page_turn
from people.models import User
from socialcrm import jobs

State = Delivery.State
# Where lists end.
_LAST = datetime(1970, 1, 1, tzinfo=UTC)


class NotFound(Exception):
    """There is no such person, or they are being erased already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """Whom an erasure concerns, while it goes on: rows by id, and the names by which others' data speaks of them."""

    contacts: list[int]
    identities: list[int]
    ids: list[str] = field(default_factory=list)
    handles: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)


@transaction.atomic
def begin(contact_id: int, *, by: User | None, reason: str = "") -> Erasure:
    """Put up tombstones, stop replies that have not left, take the person out of every list, and ask for the rest.

    What others' data calls them is noted for the work that follows, and forgotten when that is finished. Raises
    NotFound.
    """
    # A page that looked for tombstones before they stood is written to its end first, so that its people are found.
    page_turn(alone=True)
    persons = forest.lock([contact_id])
    person = persons.of.get(contact_id)
    contacts = list(Contact.objects.of(person).filter(is_erased=False)) if person and not persons.us else []
    if not contacts:
        raise NotFound(_("There is no contact %(id)d.") % {"id": contact_id})
    identities = list(Identity.objects.filter(contact=person).order_by("pk"))
    erasing = _whom(contacts, identities)
    erasure = Erasure.objects.create(by=by, reason=reason.strip(), at=timezone.now(), pending=asdict(erasing))
    digests = [tombstones.digest(one.network, one.external_id) for one in identities]
    digests += [tombstones.digest("email", one.email) for one in identities if one.email]
    # Tables name people by their handles.
    digests += [tombstones.digest(one.network, f"@{plain(one.handle)}") for one in identities if one.handle]
    tombstones.bury(erasure, digests)
    _remember(digests, erasure.at)
    _stop(erasing)
    ids = [one.pk for one in contacts]
    Contact.objects.filter(pk__in=ids).update(is_erased=True, do_not_contact=True, name="", sort_key="", named_by=None)
    Identity.objects.filter(contact=person).update(
        name="", handle="", url="", avatar_url="", bio="", location="", links=[], email="", search_key=""
    )
    live.erased(erasure.pk)
    jobs.later(jobs.ERASE, erasure_id=erasure.pk)
    return erasure


def _whom(contacts: list[Contact], identities: list[Identity]) -> Erasing:
    names = {one.name for one in contacts} | {one.name for one in identities}
    return Erasing(
        contacts=sorted(one.pk for one in contacts),
        identities=[one.pk for one in identities],
        ids=sorted({one.external_id for one in identities}),
        handles=sorted({one.handle.removeprefix("@") for one in identities if one.handle}),
        names=sorted(names - {""}),
        emails=sorted({one.email for one in identities if one.email}),
        pictures=sorted({one.avatar_url for one in identities if one.avatar_url}),
    )


def _stop(erasing: Erasing) -> None:
    """Whatever waits to be sent to them does not leave, nor what colleagues were to be told of them; what is being sent
    right now is deleted with its message."""
    waiting = Delivery.objects.filter(
        message__identity__in=erasing.identities, state__in=[State.QUEUED, State.HELD, State.AWAITING_APPROVAL]
    )
    waiting.update(state=State.FAILED, error=_("This person is being erased."), remedy="")
    forgetting.forget(erasing.identities)
    shown = Conversation.objects.filter(identity__in=erasing.identities).order_by("-last_message_at")
    live.changed(conversations=list(shown.values_list("pk", flat=True)[:200]))
    _put_away(erasing)


def _put_away(erasing: Erasing) -> None:
    """Until they are gone their conversations wait for nobody, and stand in no list and on no board."""
    Conversation.objects.filter(identity__in=erasing.identities).update(
        state=Conversation.State.CLOSED,
        snoozed_until=None,
        waiting_since=None,
        due_at=None,
        paused_since=None,
        snippet="",
        last_message_at=_LAST,
    )


def _remember(digests: list[str], at: datetime) -> None:
    """Beside the database, too: a backup that is restored knows nothing of the erasures after it."""

    def write() -> None:
        with (settings.VAR_DIR / "erased").open("a", encoding="ascii") as file:
            file.writelines(f"{at.isoformat()} {one}\n" for one in digests)

    transaction.on_commit(write)


def whom(erasure: Erasure) -> Erasing:
    """Whom a pending erasure concerns."""
    pending: dict[str, Any] = erasure.pending or {}
    return Erasing(**pending)
