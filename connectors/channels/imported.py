"""Channels that people fill themselves, with `manage.py import_messages` or the generic webhook."""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.protocol import Capability, Connector, ConnectorError, Original, Outgoing, Page, Sent

REASON = "These messages were imported. Answer where they come from, or connect that account as a channel."


class Imported(Connector):
    """Nothing to pull and nowhere to reply to. Who imports vouches for the e-mail addresses in the file."""

    network = "import"
    label = "Import"
    interval = 0
    vouches_for_email = True

    def verify(self) -> str:
        """There is nothing to verify."""
        return ""

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """There is nothing to fetch: no page."""
        return iter(())

    def reply(self, outgoing: Outgoing) -> Sent:
        """Raises ConnectorError: there is nowhere to send it."""
        raise ConnectorError("An imported message has no channel to answer on.", remedy=REASON, permanent=True)

    def find(self, outgoing: Outgoing) -> Sent | None:
        """None: nothing was ever sent."""
        return None

    def capability(self, original: Original) -> Capability:
        """No, and why."""
        return Capability(can_reply=False, reason=REASON)
