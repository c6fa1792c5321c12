"""New colleagues: checked, and told apart from everybody who is here already."""

import secrets
from collections.abc import Collection

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from people.models import Department, User


class CannotInvite(ValueError):
    """This colleague cannot be added; the text names what is wrong and says what to do instead."""


def invite(username: str, *, role: str, password: str, name: str = "", departments: Collection[str] = ()) -> User:
    """Make a colleague who can log in at once. `departments` are slugs; `name` is the username by default.

    Raises CannotInvite on an unknown role or department, a username that is taken or cannot be one, a weak password.
    """
    username = User.normalize_username(username.strip())
    _refuse_bytes(username=username, name=name, password=password)
    if role not in User.Role.values:
        raise CannotInvite(f"There is no role “{role}”. Choose one of: {', '.join(User.Role.values)}.")
    # Log-in does not tell capitals apart.
    if User.objects.filter(username__iexact=username).exists():
        raise CannotInvite(f"“{username}” is taken. Choose another username.")
    joined = _departments(departments)
    user = User(username=username, name=" ".join(name.split()) or username, role=role)
    _check(user, password)
    try:
        with transaction.atomic():
            user.set_password(password)
            user.save()
            user.departments.set(joined)
    except IntegrityError as error:
        raise CannotInvite(f"“{username}” is taken. Choose another username.") from error
    return user


def new_password() -> str:
    """A password that nobody can guess."""
    return secrets.token_urlsafe(12)


def _departments(slugs: Collection[str]) -> list[Department]:
    found = {department.slug: department for department in Department.objects.order_by("position", "id")}
    for slug in slugs:
        if slug not in found:
            known = ", ".join(found) or "none yet"
            raise CannotInvite(f"There is no department “{slug}”. Choose among: {known}.")
    return [found[slug] for slug in dict.fromkeys(slugs)]


def _refuse_bytes(**values: str) -> None:
    for what, value in values.items():
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise CannotInvite(f"The {what} holds bytes that are no text. Write it as UTF-8.")


def _check(user: User, password: str) -> None:
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise CannotInvite(f"{field} “{getattr(user, field, '')}” cannot be used: {' '.join(messages)}") from error
    try:
        validate_password(password, user)
    except ValidationError as error:
        why = " ".join(error.messages)
        raise CannotInvite(f"The password for “{user.username}” is too weak. {why} Give a longer one.") from error
