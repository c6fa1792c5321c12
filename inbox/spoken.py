"""Who speaks to whom on a page that arrives, whatever arrived before: the edges that its messages complete.

A message counts when its creation arrives. An answer counts when the creations of both, of the answer and of what it
answers, are there: on whichever page the later one comes. So the counts do not depend on the order of arrival.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from django.db import connection

from connectors.incoming import Author, Incoming
from connectors.models import Channel
from contacts.models import Relationship
from contacts.profiles import Key, is_ours
from contacts.relationships import Spoken
from inbox.arrivals import Arrival
from inbox.known import Known

Kind = Relationship.Kind

# Both have been created, and one of them just now. A message that was never edited is its own creation; of others the
# creation is a version, and its words tell whether it asked. Of a message that is deleted nothing tells that any more,
# but that it began the thread under which somebody commented.
_ANSWERS = """
    WITH created AS (SELECT unnest(%(created)s::text[]) AS external_id),
    pair AS (
        SELECT child.id AS child, parent.id AS parent FROM created
        JOIN inbox_message child ON child.channel_id = %(channel)s AND child.external_id = created.external_id
        JOIN inbox_message parent ON parent.channel_id = %(channel)s AND parent.external_id = child.parent_id
        WHERE child.parent_id <> ''
        UNION
        SELECT child.id, parent.id FROM created
        JOIN inbox_message parent ON parent.channel_id = %(channel)s AND parent.external_id = created.external_id
        JOIN inbox_message child
            ON child.channel_id = %(channel)s AND child.parent_id = created.external_id AND child.parent_id <> ''
    )
    SELECT child.external_id, child.identity_id, CASE parent.direction WHEN 'in' THEN parent.identity_id END,
        child.posted_at,
        (child.kind = 'comment' AND parent.parent_id = '')
        OR coalesce(original.text, parent.text) ~ '[?？؟՞]'
        OR (original.id IS NULL AND parent.title ~ '[?？؟՞]')
    FROM pair
    JOIN inbox_message child ON child.id = pair.child AND child.direction = 'in'
    JOIN inbox_message parent ON parent.id = pair.parent AND parent.id <> child.id
    LEFT JOIN inbox_version original ON original.message_id = parent.id AND NOT original.is_edit
    WHERE (child.edited_at IS NULL OR EXISTS (
            SELECT FROM inbox_version v WHERE v.message_id = child.id AND NOT v.is_edit
        ))
        AND (parent.edited_at IS NULL OR original.id IS NOT NULL)
"""


def created(arrived: Sequence[Arrival]) -> list[tuple[Arrival, Incoming]]:
    """The messages of a page whose creation came with it."""
    return [(one, item) for one in arrived if (item := one.creation) is not None]


def named(arrived: Sequence[Arrival]) -> dict[Key, Author]:
    """Whom the messages of a page mention or quote, with as much as is told of each."""
    found: dict[Key, Author] = {}
    for _, item in created(arrived):
        for author in _authors(item):
            before = found.setdefault((item.network, author.external_id), author)
            if (bool(author.handle), bool(author.name)) > (bool(before.handle), bool(before.name)):
                found[item.network, author.external_id] = author
    return found


def spoken(
    channel: Channel, arrived: Sequence[Arrival], known: Known, identities: Mapping[Key, int], ours: Collection[Key]
) -> list[Spoken]:
    """The edges that a page completes. `ours`: our own accounts, see `contacts.resolve.resolve`.

    What answers a message of ours is a reply to that account of ours which it mentions, as networks do in replies.
    """
    came = created(arrived)
    found = [edge for one, item in came for edge in _named(one, item, identities)]
    us = {
        one.external_id: identities[item.network, author.external_id]
        for one, item in came
        for author in item.mentions
        if is_ours((item.network, author.external_id), author.handle, ours)
    }
    # Only these answer something, or are answered by what came before.
    paired = [one.external_id for one, item in came if item.parent_id or one.external_id in known.awaited]
    return found + list(_answers(channel, paired, us))


def _named(one: Arrival, item: Incoming, identities: Mapping[Key, int]) -> Iterator[Spoken]:
    source = _author(one, item, identities)
    if source is None:
        return
    # Somebody who is named twice in one message is named once.
    for external_id in dict.fromkeys(author.external_id for author in item.mentions):
        yield Spoken(source, Kind.MENTIONED, identities[item.network, external_id], item.posted_at)
    quoted = (one.author_id for one in item.context if one.relation == "quoted" and one.author_id)
    for external_id in dict.fromkeys(quoted):
        yield Spoken(source, Kind.SHARED, identities[item.network, external_id], item.posted_at)


def _author(one: Arrival, item: Incoming, identities: Mapping[Key, int]) -> int | None:
    if one.message is not None:
        return one.message.identity_id
    return identities.get((item.network, item.author.external_id))


def _answers(channel: Channel, external_ids: Collection[str], us: Mapping[str, int]) -> Iterator[Spoken]:
    if not external_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS, {"created": list(external_ids), "channel": channel.pk})
        for external_id, source, target, at, asked in cursor.fetchall():
            if target is None and external_id in us:
                yield Spoken(source, Kind.REPLIED_TO, us[external_id], at)
            elif target is not None:
                yield Spoken(source, Kind.REPLIED_TO, target, at)
                if asked:
                    yield Spoken(source, Kind.ANSWERED, target, at)


def _authors(item: Incoming) -> Iterator[Author]:
    for context in item.context:
        if context.relation == "quoted" and context.author_id:
            shown = context.author
            handle, name = (shown[1:], "") if shown.startswith("@") else ("", shown)
            yield Author(external_id=context.author_id, handle=handle, name=name)
    yield from item.mentions
