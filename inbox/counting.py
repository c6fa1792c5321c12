"""How many conversations the saved views hold: counted when a page asks for it, never while it waits for its list."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import QueryDict

from inbox import named_lists, saved_views
from inbox.filters import Filters, narrow
from inbox.patience import TooLong, by_itself, patience
from inbox.saved_views import CAP, Saved
from inbox.sidebar import Sidebar

if TYPE_CHECKING:
    from people.models import User

# Milliseconds for one view; views that are counted in one go, the others in the next one.
_PATIENCE, _AT_ONCE = 500, 20


def counted(sidebar: Sidebar, user: "User", now: datetime) -> Sidebar:
    """The sidebar with the counts of its saved views, which are remembered for a minute. Two statements for each view
    that is to be counted, of at most twenty."""
    missing = [view for view in sidebar.saved if view.count is None][:_AT_ONCE]
    if not missing:
        return sidebar
    counts: dict[Saved, int | None] = {}
    with patience(_PATIENCE):
        for view in missing:
            try:
                with by_itself():
                    counts[view] = _count(view, sidebar, user, now)
            except TooLong:
                counts[view] = None
    saved_views.keep(counts, user)
    return replace(sidebar, saved=tuple(saved_views.with_count(one, counts) for one in sidebar.saved))


def _count(view: Saved, sidebar: Sidebar, user: "User", now: datetime) -> int:
    base = named_lists.find(view.path, sidebar)
    filters = Filters.parse(QueryDict(view.query))
    found = narrow(base.conversations(user), filters, user, sidebar, now)
    return found.order_by()[: CAP + 1].count()
