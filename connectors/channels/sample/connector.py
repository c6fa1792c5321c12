"""An invented network for the sample workspace: messages from a file, most at once, the rest while somebody looks on.

They take the same way as real ones. Nothing leaves the machine: a reply is "sent" by giving it an id.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from connectors.incoming import Incoming
from connectors.parse import parse
from connectors.protocol import (
    Account,
    Capability,
    Connector,
    Enclosable,
    Field,
    Media,
    Original,
    Outgoing,
    Page,
    Sent,
)

PAGE = 50
TRICKLE_SECONDS = 20
# Of public posts, as on most networks.
LIMIT = 500
FILES = Enclosable(
    count=4, size=5 * 1024 * 1024, types=("image/jpeg", "image/png", "image/webp", "image/gif"), alt=1_000
)
NO_ANSWER_TO_REVIEWS = "This review site takes no answers from companies by API. Answer on its own pages."
_PICTURES = (".jpg", ".png")
_FILE = Path(__file__).with_name("sample.jsonl")
# What directs the play and is no part of a message.
_STAGE_DIRECTIONS = {"ago", "trickle", "expect"}


class Sample(Connector):
    """Plays `sample.jsonl`. Everything but the trickle has happened before the first pull, `ago` minutes earlier."""

    network = "sample"
    label = "Sample workspace"
    fields = (Field(name="trickle_seconds", label="Seconds between two arrivals", required=False),)
    vouches_for_email = True
    delivery = "key"
    stands_in = True

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        given = account.settings.get("trickle_seconds", TRICKLE_SECONDS)
        self.interval = int(given) if str(given).isdecimal() else TRICKLE_SECONDS

    def verify(self) -> str:
        """Nothing to verify; the handle of the invented company."""
        return "@haldenmotors"

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """All of the past on the first pull, oldest first; later one or two arrivals an interval, to the end."""
        past, trickle = _script()
        now = _now()
        anchor = datetime.fromisoformat(cursor["anchor"]) if "anchor" in cursor else now
        state = {"anchor": anchor.isoformat(), "told": 0, "trickled": 0, "at": now.isoformat(), **cursor}
        if state["told"] < len(past):
            for start in range(state["told"], len(past), PAGE):
                rows = past[start : start + PAGE]
                items = [_item(row, anchor - timedelta(minutes=row["ago"])) for row in rows]
                state |= {"told": start + len(rows), "at": now.isoformat()}
                yield Page(items=items, cursor=dict(state))
            return
        first = state["trickled"]
        due = datetime.fromisoformat(state["at"]) + timedelta(seconds=self.interval)
        # Some come in pairs, as in life.
        rows = trickle[first : first + (2 if first % 5 == 3 else 1)]
        if rows and now >= due:
            items = [_item(row, now + timedelta(milliseconds=after)) for after, row in enumerate(rows)]
            yield Page(items=items, cursor={**state, "trickled": first + len(rows), "at": now.isoformat()})

    def reply(self, outgoing: Outgoing) -> Sent:
        """Taken at once, under an id that the same reply has at every try."""
        return Sent(external_id=f"sample-reply-{outgoing.client_key}")

    def find(self, outgoing: Outgoing) -> Sent | None:
        """The sample network takes everything, so a reply that was on its way has arrived."""
        return self.reply(outgoing)

    def capability(self, original: Original) -> Capability:
        """Everything can be answered but reviews, so that newcomers see what that looks like."""
        if original.kind == "review":
            return Capability(can_reply=False, reason=NO_ANSWER_TO_REVIEWS)
        if original.kind in ("direct", "email"):
            return Capability(can_reply=True, public=False, files=FILES)
        return Capability(can_reply=True, text_limit=LIMIT, files=FILES, splits="chain")

    def media(self, url: str) -> Media | None:
        """A drawing for each picture that somebody invented is said to have taken; of other files there is nothing."""
        if not url.endswith(_PICTURES):
            return None
        # Pillow takes its time to load, and only whoever looks at a picture needs it.
        pictures = import_module("connectors.channels.sample.pictures")
        return Media(content=pictures.drawn(url), content_type="image/png")


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def _script() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of the past, oldest first, and those of the trickle, in the file's order."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines() if line]
    networks: dict[str, str] = {}
    for row in rows:
        # An edit or a deletion may leave out the network of what it changes.
        row["network"] = networks.setdefault(row["external_id"], row.get("network", Sample.network))
    past = sorted((row for row in rows if not row.get("trickle")), key=lambda row: -row["ago"])
    return past, [row for row in rows if row.get("trickle")]


def _item(row: dict[str, Any], posted_at: datetime) -> Incoming:
    told = {name: value for name, value in row.items() if name not in _STAGE_DIRECTIONS}
    return parse({**told, "posted_at": posted_at.isoformat()}, network=Sample.network)
