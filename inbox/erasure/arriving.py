"""What arrives of erased people: nothing of it is taken in, and what they are named by goes from what others send."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.incoming import Incoming
from contacts import tombstones
from contacts.tombstones import Key
from inbox.erasure.scrub import Traces, scrubbed
from inbox.known import Known


def without_erased(items: Sequence[Incoming], known: Known) -> tuple[list[Incoming], int]:
    """The items of a page that may be taken in, and how many may not. One statement.

    What somebody posted before they were erased stays away, and so do edits of it. Who writes to us again afterwards is
    a new person: their later messages come in, with nothing from before. Others who mention or
    quote an erased person are taken in without that, in their payload too; their own words stay.
    """
    keys = {(item.network, item.author.external_id) for item in items}
    keys |= {(item.network, one.external_id) for item in items for one in item.mentions}
    keys |= {(item.network, one.author_id) for item in items for one in item.context if one.author_id}
    gone = tombstones.erased_since(keys)
    if not gone:
        return list(items), 0
    kept: list[Incoming] = []
    begun: set[str] = set(known.messages)
    for item in items:
        at = gone.get((item.network, item.author.external_id))
        if at is not None:
            if item.action == "create" and item.posted_at > at:
                begun.add(item.external_id)
            elif item.external_id not in begun:
                continue
        kept.append(_without(item, gone))
    return kept, len(items) - len(kept)


def _without(item: Incoming, gone: Mapping[Key, datetime]) -> Incoming:
    """A message of somebody else without the mentions and quotations of the erased, and without them in its payload."""
    named = tuple(one for one in item.mentions if (item.network, one.external_id) not in gone)
    context = tuple(one for one in item.context if (item.network, one.author_id) not in gone)
    if (named, context) == (item.mentions, item.context):
        return item
    left_out = [one for one in item.mentions if one not in named]
    ids = [one.external_id for one in left_out] + [one.author_id for one in item.context if one not in context]
    traces = Traces.of(ids, [one.handle.removeprefix("@") for one in left_out], (), ())
    return replace(item, mentions=named, context=context, raw=scrubbed(item.raw, traces))
