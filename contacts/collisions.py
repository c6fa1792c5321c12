"""Taking turns where two transactions want the same rows."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

# Deadlock, serialization failure, unique violation: the other one was quicker, and the next try sees what it wrote.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_COLLISIONS = {"40P01", "40001", "23505"}
_TRIES = 5

P = ParamSpec("P")
R = TypeVar("R")


def retried(verb: Callable[P, R]) -> Callable[P, R]:
    """Run `verb` in one transaction, and again where it collided with another one.

    Inside a caller's transaction nothing can be tried again, so the collision is raised for the caller to do that.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        tries = 1 if connection.in_atomic_block else _TRIES
        for attempt in range(1, tries + 1):
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except (IntegrityError, OperationalError) as error:
                if attempt == tries or getattr(error.__cause__, "pgcode", None) not in _COLLISIONS:
                    raise
        raise AssertionError("unreachable")

    return run
