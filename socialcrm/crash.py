"""Places where a test makes the process die, as a power cut would: no clean-up, no rollback, no goodbye.

A module declares its places once, next to where they stand: `declare("ingest.before_commit")`, and passes them with
`crash_point("ingest.before_commit")`. Which one is deadly says the environment variable CRASH_AT, in tests alone.
"""

import os

_names: set[str] = set()
# Read once: a place on the way of every message must cost nothing.
_deadly = os.environ.get("CRASH_AT", "")


def declare(*names: str) -> None:
    """Register places, so that a test can see that each of them was reached."""
    _names.update(names)


def declared() -> frozenset[str]:
    """All places of the modules imported so far."""
    return frozenset(_names)


def crash_point(name: str) -> None:
    """Die here if CRASH_AT names this place; otherwise nothing."""
    if _deadly and name in _deadly.split(","):
        os._exit(137)
