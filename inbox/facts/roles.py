"""Roles with their events: given, ended, and either of both undone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts import roles
from contacts.models import Role, RoleKind
from contacts.models.facts import Source
from inbox.facts.telling import tell
from people.models import User


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
    """As `contacts.roles.give`, on the timeline."""
    role = roles.give(
        contact_id,
        kind,
        since=since,
        reason=reason,
        at=at,
        by=by,
        source=source,
        evidence=evidence,
        source_import=source_import,
    )
    tell(contact_id, "role_given", by=by, at=at, role=kind.name, role_id=role.pk, reason=role.reason)
    return role


@transaction.atomic
def end(contact_id: int, kind: RoleKind, *, reason: str, at: datetime, by: User | None = None) -> list[Role]:
    """As `contacts.roles.end`, on the timeline of each part that had the role."""
    ended = roles.end(contact_id, kind, reason=reason, at=at, by=by)
    for role in ended:
        tell(role.contact_id, "role_ended", by=by, at=at, role=kind.name, role_id=role.pk, reason=role.ended_reason)
    return ended


@transaction.atomic
def take_back(role_id: int, *, by: User, at: datetime) -> Role:
    """As `contacts.roles.take_back`; the timeline says that it was given and taken back."""
    role = roles.take_back(role_id, by=by, at=at)
    reason = role.ended_reason
    tell(role.contact_id, "role_ended", by=by, at=at, role=role.kind.name, role_id=role.pk, reason=reason)
    return role


@transaction.atomic
def reopen(role_id: int, *, by: User, at: datetime) -> list[Role]:
    """As `contacts.roles.reopen`; the timeline says that it was ended and goes on."""
    going_on = roles.reopen(role_id, at=at)
    reason = _("The end was taken back")
    for role in going_on:
        tell(role.contact_id, "role_given", by=by, at=at, role=role.kind.name, role_id=role.pk, reason=reason)
    return going_on
