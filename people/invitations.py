"""Links by which somebody becomes a colleague, or a colleague chooses a new password. Each works once, for a week.

Only a hash of the link is kept, so nobody can read one off the database; who made it sees it once.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from people import sessions
from people.changes import record
from people.invite import CannotInvite, invite, refuse_bytes
from people.models import Department, Invitation, User

LASTS = timedelta(days=7)


class LinkGone(Exception):
    """The link was used or withdrawn, is too old, or never was; nobody is told which."""


@transaction.atomic
def make(*, name: str, email: str, role: str, departments: Collection[Department], by: User) -> tuple[Invitation, str]:
    """Invite somebody. Returns the invitation and the secret of its link, which is nowhere kept.

    Raises CannotInvite where the address belongs to a colleague, or to somebody who is invited already.
    """
    _told_apart(email)
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    invitation = Invitation.objects.create(
        token_hash=_hash(token), name=name, email=email, role=role, by=by, created_at=now, expires_at=now + LASTS
    )
    invitation.departments.set(departments)
    return invitation, token


@transaction.atomic
def make_reset(user: User, by: User) -> tuple[Invitation, str]:
    """A link by which a colleague chooses a new password; earlier ones stop working."""
    forget(user)
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    invitation = Invitation.objects.create(
        token_hash=_hash(token),
        user=user,
        name=user.name,
        email=user.email,
        role=user.role,
        by=by,
        created_at=now,
        expires_at=now + LASTS,
    )
    record(user, "link", by)
    return invitation, token


@transaction.atomic
def renew(pk: int, by: User) -> tuple[Invitation, str]:
    """Another link for the same invitation, good for another week; the one before stops working. Raises LinkGone."""
    invitation = Invitation.objects.select_for_update(of=("self",)).filter(pk=pk, user=None, accepted_at=None).first()
    if invitation is None:
        raise LinkGone
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.by = _hash(token), by
    invitation.expires_at = timezone.now() + LASTS
    invitation.save(update_fields=["token_hash", "by", "expires_at"])
    return invitation, token


def withdraw(pk: int) -> bool:
    """The link works no more. Returns whether it still would have."""
    return Invitation.objects.filter(pk=pk, user=None, accepted_at=None).delete()[0] > 0


def forget(user: User) -> None:
    """No link lets this colleague choose a new password any more."""
    Invitation.objects.filter(user=user, accepted_at=None).delete()


def waiting() -> list[Invitation]:
    """Those that nobody has accepted yet, the newest first; also those whose link has become too old."""
    there = Invitation.objects.filter(user=None, accepted_at=None).select_related("by")
    return list(there.prefetch_related("departments").order_by("-created_at", "-pk"))


def find(token: str) -> Invitation:
    """What a link is about. Raises LinkGone."""
    invitation = _working().filter(token_hash=_hash(token)).select_related("user", "by").first()
    if invitation is None:
        raise LinkGone
    return invitation


@transaction.atomic
def accept(token: str, *, username: str, name: str, password: str) -> User:
    """Become a colleague. Raises LinkGone, and CannotInvite where the username or the password will not do."""
    invitation = _take(token)
    if invitation.user_id is not None:
        raise LinkGone
    slugs = list(invitation.departments.values_list("slug", flat=True))
    user = invite(
        username,
        role=invitation.role,
        password=password,
        name=name or invitation.name,
        departments=slugs,
        email=invitation.email,
    )
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record(user, "invited", invitation.by, role=str(user.get_role_display()))
    record(user, "joined", user)
    return user


@transaction.atomic
def set_password(token: str, password: str) -> User:
    """Choose a new password; whoever is logged in as this colleague is logged out. Raises LinkGone and CannotInvite."""
    invitation = _take(token)
    if invitation.user_id is None:
        raise LinkGone
    user = User.objects.select_for_update(no_key=True).get(pk=invitation.user_id)
    if not user.is_active:
        raise LinkGone
    refuse_bytes(password=password)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CannotInvite(" ".join(error.messages), field="password") from error
    user.set_password(password)
    user.save(update_fields=["password"])
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record(user, "password", user)
    sessions.end(user.pk)
    return user


def _take(token: str) -> Invitation:
    """The invitation, for as long as the transaction lasts nobody else's: of two clicks at once one comes too late."""
    invitation = _working().select_for_update(of=("self",)).filter(token_hash=_hash(token)).first()
    if invitation is None:
        raise LinkGone
    return invitation


def _working() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, expires_at__gt=timezone.now())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _told_apart(email: str) -> None:
    if not email:
        return
    there = User.objects.filter(email__iexact=email).first()
    if there is not None:
        raise CannotInvite(_("%(name)s works here already with this address.") % {"name": there}, field="email")
    if Invitation.objects.filter(email__iexact=email, user=None, accepted_at=None).exists():
        raise CannotInvite(
            _("This address is invited already. Renew that invitation, or withdraw it first."), field="email"
        )
