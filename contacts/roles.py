"""What a person is to the company: given since a day, ended, taken back, and read over everything they consist of.

A role stays on the contact that it was said of. Undoing hides nothing: a role that was given by mistake is marked as
taken back and ends, one that was ended by mistake goes on.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import Contact, Role, RoleKind
from contacts.models.facts import Source
from contacts.person import person_of
from contacts.refused import Refused
from people.models import User

TAKEN_BACK = "taken_back"
# A colleague let it go on after its criterion had ended it: no criterion ends it again.
KEPT = "kept"
_EARLIEST = date(1900, 1, 1)


def start_of(day: date, at: datetime) -> datetime:
    """The time at which something of a day began, as somebody says at `at`: now for today, else that day's first
    moment. Raises Refused for a day to come or one before 1900."""
    today = timezone.localtime(at).date()
    if day > today:
        raise Refused(_("The day is still to come. Choose today or an earlier day."), field="since")
    if day < _EARLIEST:
        raise Refused(_("The day is before 1900. Check the year."), field="since")
    return at if day == today else timezone.make_aware(datetime.combine(day, time.min))


@transaction.atomic
def give(
    contact_id: int,
    kind: RoleKind,
    *,
    since: datetime,
    reason: str,
    at: datetime,
    by: User | None = None,
    source: str = Source.PERSON,
    evidence: Mapping[str, Any] | None = None,
    source_import: int | None = None,
) -> Role:
    """Say that a contact is something since a time, with the reason and the evidence (`{"messages": [ids]}`).

    Raises Refused when the person is that already, when `since` lies ahead of `at`, when a colleague gives no reason,
    and for a role that is switched off.
    """
    reason = _said(reason) if source == Source.PERSON else reason.replace("\0", "").strip()
    if since > at:
        raise Refused(_("The day is still to come. Choose today or an earlier day."), field="since")
    if not kind.is_active:
        raise Refused(_("%(role)s is not in use any more. Choose another role.") % {"role": kind.name}, field="kind")
    _refuse_twice(person_of(contact_id), kind)
    try:
        with transaction.atomic():
            return Role.objects.create(
                contact_id=contact_id,
                kind=kind,
                since=since,
                source=source,
                reason=reason,
                evidence=dict(evidence or {}),
                by=by,
                source_import_id=source_import,
            )
    except IntegrityError as error:
        raise Refused(_already(kind), field="kind") from error


@transaction.atomic
def end(contact_id: int, kind: RoleKind, *, reason: str, at: datetime, by: User | None = None) -> list[Role]:
    """Say that a person is something no longer: all roles of that kind in force end, on whatever part of them.

    Raises Refused without a reason, and when the person is not that (any more).
    """
    reason = _said(reason)
    ending = list(_in_force(person_of(contact_id), kind).select_for_update().order_by("pk"))
    if not ending:
        raise Refused(_("This has ended already: the person is not %(role)s any more.") % {"role": kind.name})
    for role in ending:
        # A role that was given this very moment was there for a moment.
        role.until = max(at, role.since + timedelta(microseconds=1))
        role.ended_by, role.ended_reason = by, reason
    Role.objects.bulk_update(ending, ["until", "ended_by", "ended_reason"])
    return ending


@transaction.atomic
def take_back(role_id: int, *, by: User, at: datetime) -> Role:
    """Undo that a role was given: it ends, and does not count as something that the person once was.

    Raises Refused when it has ended meanwhile or is not there any more.
    """
    role = _locked(role_id)
    if role.until is not None:
        raise Refused(_("This role has ended meanwhile. There is nothing to take back."))
    role.until, role.ended_by = max(at, role.since + timedelta(microseconds=1)), by
    role.ended_reason = _("Taken back")
    role.evidence = {**role.evidence, TAKEN_BACK: True}
    role.save(update_fields=["until", "ended_by", "ended_reason", "evidence"])
    return role


@transaction.atomic
def reopen(role_id: int, *, at: datetime) -> list[Role]:
    """Undo that a role was ended: it goes on as if it had not been, with all that ended in the same moment.

    Raises Refused when it goes on already, or the person was given the role anew meanwhile.
    """
    role = _locked(role_id)
    if role.until is None:
        raise Refused(_("This role goes on already."))
    person = person_of(role.contact_id)
    _refuse_twice(person, role.kind)
    together = Role.objects.filter(
        contact__in=Contact.objects.of(person), kind=role.kind_id, until=role.until, ended_by=role.ended_by_id
    )
    going_on = list(together.select_for_update(of=("self",)).select_related("kind").order_by("pk"))
    for one in going_on:
        one.until, one.ended_by, one.ended_reason = None, None, ""
        one.evidence = {name: value for name, value in one.evidence.items() if name != TAKEN_BACK} | {KEPT: True}
    try:
        with transaction.atomic():
            Role.objects.bulk_update(going_on, ["until", "ended_by", "ended_reason", "evidence"])
    except IntegrityError as error:
        raise Refused(_already(role.kind)) from error
    return going_on


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time in which a person was something, on whatever part of them it was said. `until` None: still.

    `first` is the role that began it, `roles` all that take part.
    """

    kind: RoleKind
    since: datetime
    until: datetime | None
    first: Role
    roles: tuple[Role, ...]


def of_person(person: int) -> QuerySet[Role]:
    """All roles that count, of all parts of a person, with their kinds and who gave them; for `periods`."""
    mine = Role.objects.filter(contact__in=Contact.objects.of(person))
    return mine.exclude(evidence__has_key=TAKEN_BACK).select_related("kind", "by").order_by("since", "pk")


def periods(roles: Iterable[Role]) -> list[Period]:
    """When the person was what: what is said twice, or overlaps, is one stretch since the earlier day.

    What is still so comes first, in the order of the roles' kinds; then what was, the latest first.
    """
    found: list[Period] = []
    by_kind: dict[int, list[Role]] = {}
    for role in sorted(roles, key=lambda one: (one.since, one.pk)):
        by_kind.setdefault(role.kind_id, []).append(role)
    for of_kind in by_kind.values():
        together: list[Role] = []
        for role in of_kind:
            until = _latest(together)
            if together and until is not None and role.since > until:
                found.append(_period(together))
                together = []
            together.append(role)
        found.append(_period(together))
    now = [one for one in found if one.until is None]
    before = [one for one in found if one.until is not None]
    now.sort(key=lambda one: (one.kind.position, one.kind.pk))
    before.sort(key=lambda one: (one.until, one.kind.pk), reverse=True)
    return [*now, *before]


def _period(roles: Collection[Role]) -> Period:
    first, *_others = roles
    return Period(first.kind, first.since, _latest(roles), first, tuple(roles))


def _latest(roles: Collection[Role]) -> datetime | None:
    ends = [one.until for one in roles]
    known = [one for one in ends if one is not None]
    return None if len(known) < len(ends) or not known else max(known)


def _locked(role_id: int) -> Role:
    role = Role.objects.select_for_update(of=("self",)).select_related("kind").filter(pk=role_id).first()
    if role is None:
        raise Refused(_("This role is not there any more."))
    return role


def _in_force(person: int, kind: RoleKind) -> QuerySet[Role]:
    return Role.objects.filter(Q(contact__in=Contact.objects.of(person)), kind=kind, until=None)


def _refuse_twice(person: int, kind: RoleKind) -> None:
    if _in_force(person, kind).exists():
        raise Refused(_already(kind), field="kind")


def _already(kind: RoleKind) -> str:
    return _("The person is %(role)s already.") % {"role": kind.name}


def _said(reason: str) -> str:
    reason = reason.replace("\0", "").strip()
    if not reason:
        raise Refused(_("Say why: your colleagues see the reason on the timeline."), field="reason")
    return reason
