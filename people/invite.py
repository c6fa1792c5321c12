"""New colleagues: checked, and told apart from everybody who is here already."""

import secrets
from collections.abc import Collection

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from people.models import Department, User


class CannotInvite(ValueError):
    """This colleague cannot be added; the text names what is wrong and says what to do instead.

    `field`: which of the things that were given it is about.
    """

    def __init__(self, why: str, *, field: str = "") -> None:
        super().__init__(why)
        self.field = field


def invite(
    username: str, *, role: str, password: str, name: str = "", departments: Collection[str] = (), email: str = ""
) -> User:
    """Make a colleague who can log in at once. `departments` are slugs; `name` is the username by default.

    Raises CannotInvite on an unknown role or department, a username that is taken or cannot be one, a weak password.
    """
    username = User.normalize_username(username.strip())
    refuse_bytes(username=username, name=name, password=password)
    if role not in User.Role.values:
        known = ", ".join(User.Role.values)
        raise CannotInvite(
            _("There is no role “%(role)s”. Choose one of: %(known)s.") % {"role": role, "known": known}, field="role"
        )
    # Log-in does not tell capitals apart.
    if User.objects.filter(username__iexact=username).exists():
        raise _taken(username)
    joined = _departments(departments)
    user = User(username=username, name=" ".join(name.split()) or username, role=role, email=email)
    _check(user, password)
    try:
        with transaction.atomic():
            user.set_password(password)
            user.save()
            user.departments.set(joined)
    except IntegrityError as error:
        raise _taken(username) from error
    return user


def _taken(username: str) -> CannotInvite:
    why = _("“%(username)s” is taken. Choose another username.") % {"username": username}
    return CannotInvite(why, field="username")


def new_password() -> str:
    """A password that nobody can guess."""
    return secrets.token_urlsafe(12)


def _departments(slugs: Collection[str]) -> list[Department]:
    found = {department.slug: department for department in Department.objects.order_by("position", "id")}
    for slug in slugs:
        if slug not in found:
            known = ", ".join(found) or _("none yet")
            raise CannotInvite(
                _("There is no department “%(slug)s”. Choose among: %(known)s.") % {"slug": slug, "known": known},
                field="departments",
            )
    return [found[slug] for slug in dict.fromkeys(slugs)]


def refuse_bytes(**values: str) -> None:
    """Raises CannotInvite on what is no text."""
    for what, value in values.items():
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            why = _("The %(what)s holds bytes that are no text. Write it as UTF-8.") % {"what": what}
            raise CannotInvite(why, field=what)


def _check(user: User, password: str) -> None:
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        why = _("%(field)s “%(value)s” cannot be used: %(why)s") % {
            "field": field,
            "value": getattr(user, field, ""),
            "why": " ".join(messages),
        }
        raise CannotInvite(why, field=field) from error
    try:
        validate_password(password, user)
    except ValidationError as error:
        why = _("The password for “%(username)s” is too weak. %(why)s Give a longer one.") % {
            "username": user.username,
            "why": " ".join(error.messages),
        }
        raise CannotInvite(why, field="password") from error
