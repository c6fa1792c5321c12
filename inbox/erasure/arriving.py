"""What arrives of erased people: nothing of it is taken in, and what they are named by goes from what others send."""

from collections.abc import Sequence
from dataclasses import replace

from connectors.incoming import Incoming
from contacts import tombstones
from inbox.known import Known


def without_erased(items: Sequence[Incoming], known: Known) -> tuple[list[Incoming], int]:
    """The items of a page that may be taken in, and how many may not. One statement.

    What somebody posted before they were erased stays away, and so do edits of it. Who writes to us again afterwards is
    a new person: their later messages come in, with nothing from before. Others who mention an erased person are
    taken in without that mention.
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
        named = tuple(one for one in item.mentions if (item.network, one.external_id) not in gone)
        # Nor are they made anew by being quoted.
        context = tuple(
            replace(one, author_id="") if (item.network, one.author_id) in gone else one for one in item.context
        )
        changed = (named, context) != (item.mentions, item.context)
        kept.append(replace(item, mentions=named, context=context) if changed else item)
    return kept, len(items) - len(kept)
