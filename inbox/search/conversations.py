"""Search in the list of conversations: by number, by who wrote, by what was said. Newest first, without counting."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from contacts.models import Identity
from contacts.names import fold
from inbox.cursors import Cursor
from inbox.lists import PAGE, Page, Scope, Section, by_ids, with_seen
from inbox.models import Conversation
from inbox.presentation import ago, full
from inbox.rows import COLUMNS, Row, row
from inbox.search import messages, operators
from inbox.search.excerpts import excerpt
from inbox.search.query import Query, parse

# Of people whose names match; more of them is what a longer query is for.
_IDENTITIES, _OF_PEOPLE = 200, 10


def page(scope: Scope, before: Cursor | None) -> Page:
    """What the query finds, in conversations of all views and states. A few statements, whatever is found."""
    q = scope.filters.q
    number = q.removeprefix("#")
    if q.startswith("#") and number.isdecimal() and len(number) < 19:
        return Page([Section("", list(by_ids(scope, [int(number)]).values()))])
    query = parse(q)
    found, after = _messages(scope, query, before)
    people = [] if before or query.operators else _people(scope, q)
    sections = [Section(gettext("People"), people), Section(gettext("Messages"), found)]
    return Page([section for section in sections if section.rows], after)


def _people(scope: Scope, q: str) -> list[Row]:
    folded = fold(q)
    if not folded:
        return []
    if len(folded) < 3:
        # Too short for a trigram inside a word, long enough for one at its start.
        named = Q(search_key__startswith=folded) | Q(search_key__contains=f" {folded}")
    else:
        named = Q(search_key__contains=folded)
    identities = Identity.objects.filter(named).values("pk")[:_IDENTITIES]
    found = with_seen(Conversation.objects.visible_to(scope.user).filter(identity__in=identities), scope.user)
    return [row(values, scope) for values in found.newest_first().values(*COLUMNS)[:_OF_PEOPLE]]


def _messages(scope: Scope, query: Query, before: Cursor | None) -> tuple[list[Row], Cursor | None]:
    if query.is_empty:
        return [], None
    narrowing = operators.understand(operators.Context(scope.user, scope.now, query))
    found = messages.find(query, narrowing, before, PAGE)
    rows = by_ids(scope, {hit.conversation_id for hit in found.hits})
    shown: dict[int, Row] = {}
    for hit in found.hits:
        if hit.conversation_id in rows and hit.conversation_id not in shown:
            times: dict[str, Any] = {"iso": hit.at.isoformat(), "full": full(hit.at), "ago": ago(hit.at, scope.now)}
            said = excerpt(f"{hit.title} {hit.text}".strip(), query)
            shown[hit.conversation_id] = rows[hit.conversation_id] | times | {"snippet": said}
    return list(shown.values()), found.next or found.reached
