"""Finding conversations: by number, by who wrote, by what was said. Newest first, without counting hits."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext

from contacts.models import Identity
from contacts.names import fold
from inbox.lists import PAGE, Cursor, Page, Scope, Section, by_ids, with_seen
from inbox.models import Conversation
from inbox.presentation import ago, full
from inbox.rows import COLUMNS, Row, row
from inbox.timeline import NEWEST

# Of people whose names match; more of them is what a longer query is for.
_IDENTITIES, _OF_PEOPLE = 200, 10
# A common word stands in one of the newest messages, a rare one in few altogether. Which it is, the planner cannot know
# of words that it has no statistics on, so the newest are looked through first, and only then the index of words is
# asked for all there are.
_LOOKED_THROUGH = 8_000
_MATCH = "to_tsvector('simple'::regconfig, COALESCE(text, '')) @@ websearch_to_tsquery('simple'::regconfig, %s)"
# A reply that was taken back is nobody's business. Looked up for those of our own messages that have the words.
_SAID = "(direction = 'in' OR (SELECT state FROM inbox_delivery WHERE message_id = said.id) IS DISTINCT FROM 'draft')"
_COMMON = f"""
    SELECT id, conversation_id, posted_at, left(text, 4000) FROM (
        SELECT id, conversation_id, posted_at, text, direction FROM inbox_message WHERE (posted_at, id) < (%s, %s)
        ORDER BY posted_at DESC, id DESC LIMIT %s
    ) said WHERE {_MATCH} AND {_SAID} LIMIT %s
"""  # noqa: S608 - constants
_RARE = f"""
    WITH hits AS MATERIALIZED (SELECT id, posted_at FROM inbox_message said WHERE {_MATCH} AND {_SAID})
    SELECT m.id, m.conversation_id, m.posted_at, left(m.text, 4000) FROM (
        SELECT id, posted_at FROM hits WHERE (posted_at, id) < (%s, %s) ORDER BY posted_at DESC, id DESC LIMIT %s
    ) newest JOIN inbox_message m USING (id) ORDER BY m.posted_at DESC, m.id DESC
"""  # noqa: S608 - constants


class Hit(NamedTuple):
    """A message with the words that were looked for."""

    id: int
    conversation_id: int
    at: datetime
    text: str


def page(scope: Scope, before: Cursor | None) -> Page:
    """What the query finds, in conversations of all views and states. Up to three statements."""
    q = scope.filters.q
    number = q.removeprefix("#")
    if q.startswith("#") and number.isdecimal() and len(number) < 19:
        return Page([Section("", list(by_ids(scope, [int(number)]).values()))])
    messages, after = _messages(scope, q, before)
    people = [] if before else _people(scope, q)
    sections = [Section(gettext("People"), people), Section(gettext("Messages"), messages)]
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


def _messages(scope: Scope, q: str, before: Cursor | None) -> tuple[list[Row], Cursor | None]:
    hits = _hits(q, before or NEWEST)
    rows = by_ids(scope, {hit.conversation_id for hit in hits[:PAGE]})
    shown: dict[int, Row] = {}
    for hit in hits[:PAGE]:
        if hit.conversation_id in rows and hit.conversation_id not in shown:
            times = {"iso": hit.at.isoformat(), "full": full(hit.at), "ago": ago(hit.at, scope.now)}
            shown[hit.conversation_id] = rows[hit.conversation_id] | times | {"snippet": excerpt(hit.text, q)}
    after = Cursor(hits[PAGE - 1].at, hits[PAGE - 1].id) if len(hits) > PAGE else None
    return list(shown.values()), after


def _hits(q: str, before: Cursor) -> list[Hit]:
    """A page and one of the newest messages with these words. One statement for common words, two for rarer ones."""
    with connection.cursor() as cursor:
        cursor.execute(_COMMON, [*before, _LOOKED_THROUGH, q, PAGE + 1])
        found = [Hit(*row) for row in cursor.fetchall()]
        if len(found) <= PAGE:
            cursor.execute(_RARE, [q, *before, PAGE + 1])
            found = [Hit(*row) for row in cursor.fetchall()]
    return found


def excerpt(text: str, q: str) -> str:
    """The part of a text around the first word of the query that stands in it."""
    lowered = text.lower()
    words = [word for word in q.lower().replace('"', " ").split() if not word.startswith("-")]
    at = min((place for word in words if (place := lowered.find(word)) >= 0), default=0)
    start = max(0, at - 30)
    return ("…" if start else "") + " ".join(text[start : start + 200].split())
