"""The words that conversations are filed under: added, taken away, and those that are in use."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox import events, restoring
from inbox.acted import Acting, Done
from inbox.models import ConversationTag
from inbox.triage import About
from people.models import User

LONGEST, MOST = 50, 30
"""Characters of a tag, and tags of a conversation."""
KNOWN = 200
# Each name once, however often it is given: from one to the next through the index.
_KNOWN = """
    WITH RECURSIVE one AS (
        (SELECT name FROM inbox_conversationtag ORDER BY name LIMIT 1)
        UNION ALL
        SELECT (SELECT t.name FROM inbox_conversationtag t WHERE t.name > one.name ORDER BY t.name LIMIT 1)
        FROM one WHERE one.name IS NOT NULL
    )
    SELECT name FROM one WHERE name IS NOT NULL LIMIT %s
"""


def known() -> list[str]:
    """The tags that there are, in order. One statement, that looks at each name once."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [KNOWN])
        return sorted((row[0] for row in cursor.fetchall()), key=str.casefold)


def of(conversation: int) -> list[str]:
    """The tags of one conversation, in order."""
    tags = ConversationTag.objects.filter(conversation=conversation)
    return list(tags.order_by("name").values_list("name", flat=True))


def named(words: Iterable[str]) -> list[str]:
    """Tags as they are kept: each once, without what nobody sees. Raises ValueError on one that is too long."""
    found: dict[str, None] = {}
    for word in words:
        plain = unicodedata.normalize("NFC", word)
        seen = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in plain)
        name = " ".join(seen.split()).removeprefix("#").strip()
        if len(name) > LONGEST:
            long = {"n": LONGEST, "tag": name[:20]}
            raise ValueError(_("A tag has at most %(n)s characters. Shorten “%(tag)s…”.") % long)
        if name:
            found[name] = None
    return list(found)


@transaction.atomic
def tag(about: About, *, add: Collection[str] = (), remove: Collection[str] = (), by: User) -> Done:
    """File conversations under words, and no longer under others. What is so already stays as it is.

    A word in other capitals is the same: that which is there already counts. Raises ValueError on too many or too long.
    """
    wanted, unwanted = named(add), named(remove)
    acting = Acting.on(about, by=by)
    there = _there([one.pk for one in acting.found])
    changes = {pk: _changes(kept, wanted, unwanted) for pk, kept in there.items()}
    if any(len(kept) + sum(1 if is_on else -1 for is_on in changes[pk].values()) > MOST for pk, kept in there.items()):
        raise ValueError(_("A conversation has at most %(n)s tags. Take some away first.") % {"n": MOST})
    _write(acting, changes, by)
    said = _("Tags changed") if unwanted else _("Tagged %(tags)s") % {"tags": ", ".join(wanted)[:100]}
    return acting.done("tag", said, ngettext("Tags of %(n)s changed", "Tags of %(n)s changed", acting.count))


def _there(ids: Collection[int]) -> dict[int, dict[str, str]]:
    """The tags of each, by what they are compared as."""
    found: dict[int, dict[str, str]] = {pk: {} for pk in ids}
    for pk, name in ConversationTag.objects.filter(conversation__in=ids).values_list("conversation", "name"):
        found[pk][name.casefold()] = name
    return found


def _changes(there: Mapping[str, str], wanted: Collection[str], unwanted: Collection[str]) -> dict[str, bool]:
    """Which tags a conversation gets, and which it loses."""
    gone = {there[name.casefold()]: False for name in unwanted if name.casefold() in there}
    return {name: True for name in wanted if name.casefold() not in there} | gone


def _write(acting: Acting, changes: Mapping[int, Mapping[str, bool]], by: User) -> None:
    now = timezone.now()
    every = [(pk, name, is_on) for pk, these in changes.items() for name, is_on in these.items()]
    restoring.retag(every, by, now)
    for pk, these in changes.items():
        if these:
            before = {name: not is_on for name, is_on in these.items()}
            acting.kept({pk: {"tags": before}}, {pk: {"tags": dict(these)}})
    places = {one.pk: one for one in acting.found}
    acting.log(
        events.Entry.of(
            places[pk],
            "conversation_tagged" if is_on else "conversation_untagged",
            by=by,
            at=now,
            data={"tag": name},
        )
        for pk, name, is_on in every
    )
