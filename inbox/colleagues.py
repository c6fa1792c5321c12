"""Colleagues as managers see them: where they work, whether they are there, what they have open, what they can do."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.refused import Refused
from inbox import giving
from inbox.models import Assignment, Conversation, Tally
from inbox.presentation import ago
from inbox.releasing import release
from inbox.rows import mate
from people import invitations, sessions
from people.changes import record
from people.models import Department, Membership, Presence, User
from people.presence import AWAY_AFTER, is_here
from routing.models import Service
from socialcrm import jobs

Row = dict[str, Any]
_ACCOUNT = ["name", "email", "role", "is_active"]
_MEMBER = ("department__name", "department__mark")


def roster(now: datetime) -> list[Row]:
    """Everybody, those who were switched off last, each with how many conversations they have. Three statements."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    given = Assignment.objects.filter(user=OuterRef("pk"), at__gte=midnight).order_by().values("user")
    people = User.objects.select_related("presence").annotate(
        today=Coalesce(Subquery(given.annotate(n=Count("pk")).values("n")), 0)
    )
    tally = Tally.objects.filter(state=Conversation.State.OPEN, assignee__isnull=False).values("assignee")
    has_open = {row["assignee"]: row["n"] for row in tally.annotate(n=Sum("difference"))}
    members: dict[int, list[Row]] = {}
    joined = Membership.objects.order_by("department__position", "department").values("user", *_MEMBER)
    for row in joined:
        members.setdefault(row["user"], []).append({"name": row["department__name"], "mark": row["department__mark"]})
    ordered = people.order_by("-is_active", "name", "pk")
    return [_row(one, has_open.get(one.pk, 0), members.get(one.pk, []), now) for one in ordered]


def _row(user: Any, has_open: int, departments: list[Row], now: datetime) -> Row:
    presence = getattr(user, "presence", None)
    return {
        "id": user.pk,
        "mate": mate(user.pk, str(user)),
        "role": user.get_role_display() if user.role != User.Role.AGENT else "",
        "is_active": user.is_active,
        "here": user.is_active and is_here(presence, now),
        "away": _away_for(presence, now),
        "departments": departments,
        "open": has_open,
        "capacity": user.capacity,
        "full": min(100, round(100 * has_open / user.capacity)) if user.capacity else 100,
        "over": has_open > user.capacity,
        "today": user.today,
        "languages": ", ".join(giving.language_name(code) for code in giving.listed(user.languages)),
        "skills": ", ".join(giving.listed(user.skills)),
    }


def _away_for(presence: Presence | None, now: datetime) -> str:
    """For how long somebody is away: they said so, or their browser fell silent. Empty where they never came."""
    if presence is None:
        return ""
    left = presence.since if presence.state == Presence.State.AWAY else presence.seen_at
    return ago(min(left, presence.seen_at + AWAY_AFTER), now)


def find(user_id: int) -> User | None:
    """A colleague with whether they are there."""
    return User.objects.select_related("presence").filter(pk=user_id).first()


def change(user: User, said: Mapping[str, Any], *, by: User) -> int:
    """Change what a colleague takes on and where they work; name, address, role and switch only where `said` holds
    them, which it does for admins. Who is switched off has nothing any more, and is logged out everywhere: returns how
    many conversations went back to the queues.

    Raises Refused for admins who would shut themselves out, so that one always stays.
    """
    with transaction.atomic():
        whole = "role" in said
        admins = _admins() if whole else set()
        current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if whole:
            _may_become(current, said, by, admins)
            _change_account(current, said, by)
        current.capacity, current.languages, current.skills = said["capacity"], said["languages"], said["skills"]
        current.save(update_fields=[*_ACCOUNT, "capacity", "languages", "skills"])
        _change_departments(current, said["departments"], by)
        jobs.ring(jobs.ASSIGN)
    return 0 if current.is_active else release(current, by=by, now=timezone.now())


def switch(user: User, *, on: bool, by: User) -> int:
    """Let a colleague log in, or not any more. Returns how many conversations went back to the queues. Twice is once.

    Raises Refused for admins who would shut themselves out.
    """
    with transaction.atomic():
        admins = _admins()
        current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        said = {"role": current.role, "is_active": on}
        _may_become(current, said, by, admins)
        _change_account(current, said, by)
        current.save(update_fields=_ACCOUNT)
        jobs.ring(jobs.ASSIGN)
    return 0 if on else release(current, by=by, now=timezone.now())


def _change_account(current: User, said: Mapping[str, Any], by: User) -> None:
    """Name, address, role and switch, each recorded where it is another one."""
    roles = dict(User.Role.choices)
    name, email = said.get("name") or current.name, said.get("email", current.email)
    if name != current.name:
        record(current, "renamed", by, **{"from": current.name, "to": name})
    if email != current.email:
        record(current, "email", by, to=email or "–")
    if said["role"] != current.role:
        record(current, "role", by, **{"from": str(roles[current.role]), "to": str(roles[said["role"]])})
    if said["is_active"] != current.is_active:
        record(current, "on" if said["is_active"] else "off", by)
    if not said["is_active"]:
        sessions.end(current.pk)
        invitations.forget(current)
    current.name, current.email, current.role, current.is_active = name, email, said["role"], said["is_active"]


def _change_departments(current: User, chosen: Iterable[Department], by: User) -> None:
    chosen = list(chosen)
    before = set(current.departments.values_list("pk", flat=True))
    if {one.pk for one in chosen} != before:
        current.departments.set(chosen)
        record(current, "departments", by, to=", ".join(one.name for one in chosen) or "–")


def _admins() -> set[int]:
    """Who is an admin, until the transaction ends: two who take each other's role away at once wait for one another,
    and the second one is none any more."""
    admins = User.objects.select_for_update(no_key=True).filter(role=User.Role.ADMIN, is_active=True).order_by("pk")
    return {one.pk for one in admins}


def _may_become(current: User, said: Mapping[str, Any], by: User, admins: set[int]) -> None:
    if by.pk not in admins:
        raise Refused(_("You are no admin any more."), field="role")
    if current.pk == by.pk and (said["role"] != User.Role.ADMIN or not said["is_active"]):
        raise Refused(_("Another admin has to do this: you would shut yourself out."), field="role")


@transaction.atomic
def choose(departments: Iterable[Department]) -> None:
    """Only these departments give their new conversations to whoever is there."""
    chosen = [one.pk for one in departments]
    missing = Department.objects.filter(pk__in=chosen, service__isnull=True)
    Service.objects.bulk_create([Service(department=one) for one in missing], ignore_conflicts=True)
    Service.objects.exclude(department__in=chosen).filter(assigns=True).update(assigns=False)
    Service.objects.filter(department__in=chosen, assigns=False).update(assigns=True)
    jobs.ring(jobs.ASSIGN)
