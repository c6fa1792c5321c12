"""Keeping a list with its filters under a name, for oneself or for everybody."""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from inbox.models import SavedView
from people.models import User

# Views of one person: more are no list to choose from any more.
MOST = 50
_TRIES = 100


class TooMany(Exception):
    """Somebody has as many views as anybody may have; the text says what to do."""


class NotYours(Exception):
    """Only whoever saved it, or for a shared one a manager, may change it; the text says so."""


def seen_by(user: User) -> QuerySet[SavedView]:
    """The one door to saved views: own ones, and those that are shared."""
    return SavedView.objects.filter(Q(by=user) | Q(is_shared=True))


def may_change(view: SavedView, user: User) -> bool:
    """Whoever saved it; managers all that are shared."""
    return view.by_id == user.pk or (view.is_shared and user.is_manager)


def save(*, name: str, base: str, query: str, is_shared: bool, by: User) -> SavedView:
    """A new view. Raises TooMany."""
    if SavedView.objects.filter(by=by).count() >= MOST:
        raise TooMany(_("You have %(n)s saved views. Delete one of them first.") % {"n": MOST})
    values = {"name": name, "base": base, "query": query, "is_shared": is_shared, "by": by}
    # Two people may choose the same name, at the same moment even; their addresses differ.
    for number in range(1, _TRIES):
        slug = _slug(name, number)
        if SavedView.objects.filter(slug=slug).exists():
            continue
        try:
            with transaction.atomic():
                return SavedView.objects.create(slug=slug, created_at=timezone.now(), **values)
        except IntegrityError:
            continue
    raise TooMany(_("There are very many views with this name. Choose another one."))


def change(view: SavedView, *, name: str, is_shared: bool, query: str | None, by: User) -> SavedView:
    """Give it another name, other readers or, where `query` is one, other filters; its address stays. Raises NotYours.

    What a manager changes of somebody else's stays shared: they could not reach it otherwise.
    """
    _check(view, by)
    view.name, view.is_shared = name, is_shared or view.by_id != by.pk
    if query is not None:
        view.query = query
    view.save(update_fields=["name", "is_shared", "query"])
    return view


def delete(view: SavedView, *, by: User) -> None:
    """For everybody who had it. Raises NotYours."""
    _check(view, by)
    view.delete()


def _check(view: SavedView, by: User) -> None:
    if not may_change(view, by):
        raise NotYours(_("%(name)s saved this view. Only they or a manager can change it.") % {"name": view.by})


def _slug(name: str, number: int) -> str:
    plain = slugify(name)[:50].strip("-") or "view"
    return plain if number == 1 else f"{plain}-{number}"
