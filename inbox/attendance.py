"""Who has a page open: one place in each process that serves the live stream counts them, and tells the database."""

import time
from collections import Counter
from collections.abc import Collection

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone

from people import presence
from socialcrm import jobs

# Seconds between two times that a person's open page is told of.
BEAT = 60
# Whoever would be due soon is told of with those who are due now, so that all of them are in one statement.
_TOGETHER = 30


class Attendance:
    """The people whose pages are open in this process, and when each of them was last told of."""

    def __init__(self) -> None:
        self._open: Counter[int] = Counter()
        self._told: dict[int, float] = {}

    def enter(self, user_id: int) -> None:
        """One more page of theirs is open."""
        self._open[user_id] += 1

    def leave(self, user_id: int) -> None:
        """One page less."""
        self._open[user_id] -= 1
        if self._open[user_id] <= 0:
            del self._open[user_id]

    def due(self, now: float) -> set[int]:
        """Who is to be told of now, if anybody is; `now` in seconds of the monotonic clock. They count as told."""
        age = {user: now - self._told.get(user, float("-inf")) for user in self._open}
        if not any(seconds >= BEAT for seconds in age.values()):
            return set()
        due = {user for user, seconds in age.items() if seconds >= _TOGETHER}
        self._told.update(dict.fromkeys(due, now))
        return due

    async def beat(self) -> None:
        """Tell the database who is there, if it is time."""
        due = self.due(time.monotonic())
        if due:
            await sync_to_async(tell, thread_sensitive=True)(due)


def tell(ids: Collection[int]) -> None:
    """The pages of these people are open. Whoever comes back is given what waits."""
    close_old_connections()
    if presence.heard(ids, timezone.now()):
        jobs.ring(jobs.ASSIGN)


attendance = Attendance()
