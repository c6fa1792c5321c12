"""X (Twitter), API v2. What it does and does not do stands in channels.md, section 2.1."""

from connectors.channels.x.connector import X

__all__ = ["X"]
