"""How often an open page may ask what has changed, so that all of them together never keep this process busy."""

# Seconds for which somebody who asked is counted, and after which those who left are forgotten.
_COUNTED = 5.0
# Milliseconds: at least, and for each page that asks just now. An answer takes about a third of that.
_LEAST, _EACH = 100, 40


class Pace:
    """Who asks this process just now."""

    def __init__(self) -> None:
        self._asked: dict[int, float] = {}

    def asked(self, user_id: int, now: float) -> int:
        """Somebody asks, `now` in seconds of any clock. Returns after how many milliseconds they may again."""
        self._asked[user_id] = now
        if len(self._asked) > 1:
            self._asked = {user: at for user, at in list(self._asked.items()) if now - at < _COUNTED}
        return max(_LEAST, _EACH * len(self._asked))


pace = Pace()
