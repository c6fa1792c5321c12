"""Lists that people saved, as the sidebar shows them, with how many conversations each held a short while ago."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import redis
from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import cache
from django.db.models import F, Q
from django.db.models.functions import JSONObject
from django.http import QueryDict

from inbox.filters import Filters
from inbox.models import SavedView

if TYPE_CHECKING:
    from people.models import User

CAP = 99
# Seconds that a count is shown before it is counted anew.
FRESH = 60
# Where counting took too long.
_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved view. `count`: up to one more than CAP; None where it is to be counted."""

    id: int
    slug: str
    name: str
    base: str
    query: str
    is_shared: bool
    by: int
    count: int | None = None

    @property
    def path(self) -> str:
        """The slug of its view."""
        return f"v/{self.slug}"

    @property
    def shown(self) -> str:
        """ "7", "99+", or nothing where it is not known."""
        if self.count is None or self.count == _UNKNOWN:
            return ""
        return f"{CAP}+" if self.count > CAP else str(self.count)

    def key(self, user: "User") -> str:
        """Under which its count is kept: one for all colleagues, where all of them would count the same."""
        filters = Filters.parse(QueryDict(self.query))
        whose = user.pk if filters.is_personal or self.base in ("mine", "mentions", "following") else "all"
        return f"saved-view:{self.id}:{whose}:{zlib.crc32(f'{self.base}?{self.query}'.encode()):x}"


def of(user: "User") -> ArraySubquery:
    """The saved views that `user` sees, own ones and shared ones, as a column for whoever asks the database anyway."""
    found = SavedView.objects.filter(Q(is_shared=True) | Q(by=user)).order_by("name", "id")
    columns = {name: F(name) for name in ("id", "slug", "name", "base", "query", "is_shared")}
    return ArraySubquery(found.values(data=JSONObject(**columns, by=F("by_id"))))


def read(rows: Iterable[Mapping[str, Any]], user: "User") -> tuple[Saved, ...]:
    """What the column holds, with the counts that are known."""
    views = [Saved(**row) for row in rows]
    if not views:
        return ()
    keys = [view.key(user) for view in views]
    try:
        known: Mapping[str, int] = cache.get_many(keys)
    except redis.RedisError:
        known = {}
    return tuple(replace(view, count=known.get(key)) for view, key in zip(views, keys, strict=True))


def keep(counts: Mapping[Saved, int | None], user: "User") -> None:
    """Remember what was counted; `None` where that took too long."""
    found = {view.key(user): _UNKNOWN if count is None else count for view, count in counts.items()}
    try:
        cache.set_many(found, FRESH)
    except redis.RedisError:
        return


def may_change(view: Saved, user: "User") -> bool:
    """Whether changing it is offered; `inbox.saving` decides."""
    return view.by == user.pk or (view.is_shared and user.is_manager)


def with_count(view: Saved, counts: Mapping[Saved, int | None]) -> Saved:
    """The view with what was counted of it just now, if it was."""
    if view not in counts:
        return view
    count = counts[view]
    return replace(view, count=_UNKNOWN if count is None else count)
