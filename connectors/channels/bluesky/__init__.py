"""Bluesky, by the AT Protocol. What it does and does not do stands in docs/bluesky.md."""

from connectors.channels.bluesky.connector import Bluesky

__all__ = ["Bluesky"]
