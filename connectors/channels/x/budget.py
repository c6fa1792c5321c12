"""What X counts and charges for, and the most that a channel may read in a month."""

from collections import Counter
from datetime import UTC, datetime

from connectors.protocol import Account, ConnectorError, Meter

CAP = 3_000_000
# Prices of August 2026. X charges the same thing once within a day (UTC).
METERS = (
    Meter(name="own_posts", label="Own mentions and posts read", price=0.001, cap="cap_posts"),
    Meter(name="posts", label="Other posts read", price=0.005, cap="cap_posts"),
    Meter(name="direct", label="Direct messages read", price=0.010),
    Meter(name="users", label="Profiles looked up", price=0.010),
    Meter(name="replies", label="Public replies sent", price=0.010),
    Meter(name="links", label="Public replies with a link sent", price=0.200),
    Meter(name="direct_sent", label="Direct messages sent", price=0.015),
    Meter(name="calls", label="Calls"),
)
_COUNTED = ("own_posts", "posts")


class Budget:
    """Counts what is read into `used`, and says when the month's cap is reached."""

    def __init__(self, account: Account, used: Counter[str]) -> None:
        given = str(account.settings.get("cap_posts") or "").strip()
        self.cap = int(given) if given.isascii() and given.isdecimal() and len(given) < 15 else CAP
        self._used, self._read = used, 0
        self._account = account

    def took(self, meter: str, count: int) -> None:
        """So many posts came."""
        self._used[meter] += count
        self._read += count

    def check(self) -> None:
        """Raises ConnectorError when no more posts may be read this month."""
        read = self._read + sum(self._account.used_this_month.get(name, 0) for name in _COUNTED)
        if read < self.cap:
            return
        now = datetime.now(UTC)
        year, month = divmod(now.year * 12 + now.month, 12)
        following = datetime(year, month + 1, 1, tzinfo=UTC)
        raise ConnectorError(
            f"The most posts that this channel may read in a month are read: {read:,} of {self.cap:,}.",
            remedy="Raise the cap in the channel's settings. Otherwise pulling goes on by itself on "
            f"{following.day} {following:%B}.",
            permanent=True,
        )
