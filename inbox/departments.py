"""The departments of the company: added, described, put in order, and closed once nothing names them any more."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Max, Q, Sum
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts.refused import Refused
from inbox import deadlines, events, live
from inbox.models import Conversation, Tally
from people.models import TRIAGE, Department, User
from routing.decisions import NOISE
from routing.fields import field_of
from routing.models import Ruleset, Service, Step, Target
from routing.shortcuts import leaves

MOST = 50
AT_ONCE = 2_000
"""Conversations moved in one transaction when a department closes."""

_TAKE_OVER = """
    WITH taken AS (
        SELECT id FROM inbox_conversation WHERE department_id = %(of)s LIMIT %(most)s FOR UPDATE
    ), gone AS (
        DELETE FROM inbox_contributor c USING taken WHERE c.conversation_id = taken.id AND c.department_id = %(to)s
    ), moved AS (
        UPDATE inbox_conversation c SET department_id = %(to)s, assignee_id = NULL
        FROM taken WHERE c.id = taken.id RETURNING c.id, c.channel_id, c.identity_id, c.state
    )
    SELECT id, channel_id, identity_id, state FROM moved
"""


def in_order() -> list[dict[str, Any]]:
    """All of them in their order, each with how many colleagues work there and how many conversations are `waiting`."""
    tally = Tally.objects.filter(state=Conversation.State.OPEN).values("department").annotate(n=Sum("difference"))
    waiting = {row["department"]: row["n"] for row in tally}
    rows = Department.objects.order_by("position", "pk").annotate(
        colleagues=Count("members", filter=Q(members__is_active=True))
    )
    names = ("pk", "slug", "name", "mark", "about", "must_confirm", "colleagues")
    return [
        {**row, "waiting": waiting.get(row["pk"], 0), "is_triage": row["slug"] == TRIAGE} for row in rows.values(*names)
    ]


@transaction.atomic
def add(
    *, name: str, about: str, mark: str, reply_minutes: int, starter: str, undo_seconds: int | None = None
) -> Department:
    """A new department, last in the order. `starter`: the shipped examples that the router begins with, or none.
    `undo_seconds`: for how long its replies can be taken back; as everybody's where nothing is said."""
    slug = slugify(name)[:50] or "department"
    if slug in (TRIAGE, NOISE):
        raise Refused(
            _("%(name)s is a name that the router uses itself. Choose another one.") % {"name": name}, field="name"
        )
    if Department.objects.count() >= MOST:
        raise Refused(_("There are %(n)d departments already. Delete one first.") % {"n": MOST})
    last = Department.objects.aggregate(last=Max("position"))["last"] or 0
    try:
        with transaction.atomic():
            department = Department.objects.create(
                slug=slug,
                name=name,
                about=about,
                mark=mark,
                reply_minutes=reply_minutes,
                undo_seconds=undo_seconds,
                position=last + 1,
            )
    except IntegrityError as error:
        raise Refused(_("There is a department of this name already."), field="name") from error
    Service.objects.create(department=department, starter=starter)
    return department


@transaction.atomic
def change(
    slug: str, *, name: str, about: str, mark: str, reply_minutes: int, starter: str, undo_seconds: int | None = None
) -> Department:
    """Another name, description, mark or time. The short name that rules and searches use stays as it is."""
    department = Department.objects.select_for_update().filter(slug=slug).first()
    if department is None:
        raise Refused(_("This department is not there any more."))
    department.name, department.about, department.mark = name, about, mark
    department.reply_minutes, department.undo_seconds = reply_minutes, undo_seconds
    department.save(update_fields=["name", "about", "mark", "reply_minutes", "undo_seconds"])
    Target.objects.filter(department=department, priority=None, role="").update(first_minutes=reply_minutes)
    deadlines.ask()
    Service.objects.update_or_create(department=department, defaults={"starter": starter})
    return department


@transaction.atomic
def move(slug: str, *, up: bool) -> None:
    """One place up or down in the order; nothing happens at its end."""
    order = list(Department.objects.select_for_update().order_by("position", "pk"))
    at = next((place for place, one in enumerate(order) if one.slug == slug), None)
    if at is None:
        raise Refused(_("This department is not there any more."))
    other = at - 1 if up else at + 1
    if 0 <= other < len(order):
        order[at], order[other] = order[other], order[at]
    for position, one in enumerate(order):
        one.position = position
    Department.objects.bulk_update(order, ["position"])


def named_by(department: Department) -> list[str]:
    """What names a department and would not work without it, in words."""
    found = []
    for version in Ruleset.objects.filter(state__in=[Ruleset.State.PUBLISHED, Ruleset.State.DRAFT]).order_by("-state"):
        which = _("in the draft") if version.state == Ruleset.State.DRAFT else _("in force")
        found += [
            _("Rule “%(name)s”, %(which)s") % {"name": rule["name"], "which": which}
            for rule in version.rules
            if department.slug in _slugs(rule)
        ]
    steps = Step.objects.filter(to=department).count()
    if steps:
        found.append(_("A step that is taken when a reply is late hands over to it"))
    return found


def _slugs(rule: Mapping[str, Any]) -> Iterator[str]:
    """The departments that a rule sends to, and those that its conditions ask for."""
    yield from filter(None, [rule["actions"].get("owner"), *rule["actions"].get("contributors", ())])
    for leaf in leaves(rule["conditions"]):
        about = field_of(leaf["field"])
        if about and about.source == "departments":
            yield from leaf["value"] if isinstance(leaf["value"], list) else [leaf["value"]]


def remove(department: Department, *, to: Department, by: User) -> int:
    """Close a department: `to` takes over all its conversations, the closed ones too. Returns how many.

    Conversations move by the thousand; whoever is interrupted begins again where it stopped. Raises Refused for
    Triage, for itself as the successor, and while rules or steps name it.
    """
    if department.is_triage:
        raise Refused(_("Triage stays: the router sends there what it is unsure of."))
    if department.pk == to.pk:
        raise Refused(_("Choose another department: this one is closed."), field="to")
    names = named_by(department)
    if names:
        raise Refused(_("It is still named. Change this first: %(names)s.") % {"names": "; ".join(names)})
    moved = 0
    while batch := _take_over(department, to, by):
        moved += batch
    with transaction.atomic():
        # Something may have arrived since.
        Department.objects.select_for_update().filter(pk=department.pk).first()
        moved += _take_over(department, to, by)
        department.delete()
    return moved


@transaction.atomic
def _take_over(department: Department, to: Department, by: User) -> int:
    data = {"from": department.name, "to": to.name, "reason": _("%(name)s was closed.") % {"name": department.name}}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_OVER, {"of": department.pk, "to": to.pk, "most": AT_ONCE})
        rows = cursor.fetchall()
    waiting = [row[:3] for row in rows if row[3] in (Conversation.State.OPEN, Conversation.State.SNOOZED)]
    events.act_on_all(waiting, "handover", by=by, at=timezone.now(), data=data)
    ids = [row[0] for row in rows]
    if ids:
        deadlines.restate(ids)
        live.changed(conversations=ids[:200])
    return len(ids)
