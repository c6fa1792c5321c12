"""X (Twitter), API v2. What it does and does not do stands in docs/x.md."""

from connectors.channels.x.connector import X

__all__ = ["X"]
