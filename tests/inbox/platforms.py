"""Three networks for replies, each a file: one recognises a key, one can be read back, one can do neither.

A file outlives the worker that writes to it, as a network does. Run as a program, this sends what is due.
"""

import json
import os
from pathlib import Path

from connectors.protocol import Capability, Connector, ConnectorError, Sent


class FileNetwork(Connector):
    """What was posted is a line each in the file that `base_url` names."""

    label = "File"
    interval = 60
    splits = "chain"

    @property
    def path(self):
        return Path(self.account.base_url)

    def posts(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def post(self, outgoing):
        with self.path.open("a") as file:
            told = {"key": outgoing.client_key, "text": outgoing.text, "answers": outgoing.original.external_id}
            file.write(json.dumps(told) + "\n")
        return Sent(external_id=f"post-{outgoing.client_key}")

    def verify(self):
        return "@file"

    def fetch(self, cursor):
        yield from ()

    def capability(self, original):
        return Capability(can_reply=True, text_limit=280, splits=self.splits)


class TakesKey(FileNetwork):
    network = "takes-key"

    def reply(self, outgoing):
        return self.find(outgoing) or self.post(outgoing)

    def find(self, outgoing):
        known = any(post["key"] == outgoing.client_key for post in self.posts())
        return Sent(external_id=f"post-{outgoing.client_key}") if known else None


class ReadsBack(TakesKey):
    network = "reads-back"

    def reply(self, outgoing):
        return self.post(outgoing)


class Threads(ReadsBack):
    """Knows which post answers which: one that answers none is refused."""

    network = "threads"

    def reply(self, outgoing):
        known = {f"post-{post['key']}" for post in self.posts()}
        if outgoing.original.is_ours and outgoing.original.external_id not in known:
            raise ConnectorError("This answers no post.", permanent=True)
        return self.post(outgoing)


class Neither(FileNetwork):
    network = "neither"

    def reply(self, outgoing):
        return self.post(outgoing)

    def find(self, outgoing):
        raise ConnectorError("The network cannot say.", remedy="Look for the reply there.", unknown=True)


class Breaking(ReadsBack):
    """Takes the reply and breaks off before it says so."""

    network = "breaking"

    def reply(self, outgoing):
        self.post(outgoing)
        raise ConnectorError("Connection reset by peer.", unknown=True)


class Refusing(FileNetwork):
    """Refuses with what its settings say."""

    network = "refusing"

    def reply(self, outgoing):
        raise ConnectorError("Token revoked.", remedy="Connect the account again.", **self.account.settings)

    def find(self, outgoing):
        return None


PLATFORMS = {one.network: one for one in (TakesKey, ReadsBack, Threads, Neither, Breaking, Refusing)}


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from connectors import registry
    from inbox.deliver import deliver_due

    registry.CLASSES.update({name: f"{kind.__module__}.{kind.__qualname__}" for name, kind in PLATFORMS.items()})
    deliver_due()


if __name__ == "__main__":
    main()
