"""An invented network with a past: each line of the file that `base_url` names is a post, oldest first.

A file outlives the worker that reads it, as a network does. Settings say what goes wrong.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors import registry
from connectors.incoming import Author, Incoming
from connectors.models import Channel, Pull
from connectors.protocol import Capability, Connector, ConnectorError, Page
from people import departments
from people.models import Department

PAGE = 50
NOW = datetime.now(UTC).replace(microsecond=0)


def post(number, at, text="How much is the red one?"):
    return {"id": f"post-{number}", "author": f"user-{number % 20}", "at": at.isoformat(), "text": f"{text} {number}"}


class Archive(Connector):
    """Pulls bring what is newer than the cursor, back-fills everything, newest first."""

    network = "archive"
    label = "Archive"
    interval = 60
    reaches_back = True
    looks_again_after = (timedelta(minutes=10), timedelta(hours=1))

    # What `look_again` was asked for, and what it answers; of this process alone.
    asked: list[list[str]] = []
    changed: dict[str, Incoming] = {}
    error = None
    history_calls_left = None

    def posts(self):
        return [json.loads(line) for line in Path(self.account.base_url).read_text().splitlines()]

    def verify(self):
        return "@archive"

    def fetch(self, cursor):
        if self.error:
            raise self.error
        seen = cursor.get("seen", "")
        news = [self.item(one) for one in self.posts() if one["at"] > seen]
        if news:
            yield Page(items=news, cursor={"seen": max(one.posted_at for one in news).isoformat()})

    def history(self, since, cursor):
        posts = [one for one in reversed(self.posts()) if one["at"] >= since.isoformat()]
        for start in range(cursor.get("told", 0), len(posts), PAGE):
            if type(self).error:
                raise type(self).error
            rows = posts[start : start + PAGE]
            left = type(self).history_calls_left
            self.used["posts"] += len(rows)
            yield Page(
                items=[self.item(one) for one in rows],
                cursor={"told": start + len(rows)},
                calls_left=left,
                calls_reset_at=datetime.now(UTC) + timedelta(minutes=15) if left is not None else None,
            )

    def look_again(self, known):
        type(self).asked.append([one.external_id for one in known])
        if type(self).error:
            raise type(self).error
        self.used["posts"] += len(known)
        return [type(self).changed[one.external_id] for one in known if one.external_id in type(self).changed]

    def reply(self, outgoing):
        raise ConnectorError("Nobody answers the past.", permanent=True)

    def find(self, outgoing):
        return None

    def capability(self, original):
        return Capability(can_reply=True)

    def item(self, one):
        return Incoming(
            network="archive",
            external_id=one["id"],
            author=Author(external_id=one["author"], handle=one["author"]),
            posted_at=datetime.fromisoformat(one["at"]),
            text=one["text"],
            thread_id=one.get("thread", ""),
        )


def enlist():
    """Make the network known."""
    registry.CLASSES["archive"] = "tests.inbox.archive.Archive"


def open_channel(path, posts, name="Archive"):
    """A connected channel that has been pulled just now, on a file with these posts."""
    departments.ensure(Department)
    Path(path).write_text("".join(json.dumps(one) + "\n" for one in posts))
    made = Channel.objects.create(network="archive", name=name, base_url=str(path), connected_at=NOW)
    Pull.objects.create(channel=made, state="ok", pulled_at=NOW, next_at=NOW)
    return made
