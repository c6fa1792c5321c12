"""Who runs the embedded services. One process owns them; any number use them; a killed owner leaves no trace.

Two lock files below var/, both flock(2), which the kernel lets go of when a process ends, however it ends:
`owner.lock` is held by the one process that started the services, and says in words who that is; `users.lock` is
shared by the commands that use them, so that one command does not stop them while another is at work.
"""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from socialcrm import services
from socialcrm.embedded import START_SECONDS, Service
from socialcrm.postgresql import create_database, postgres, postgres_answers
from socialcrm.services import CannotStartError
from socialcrm.valkey import valkey, valkey_answers


class Ownership:
    """The right to start the embedded services of one var/."""

    def __init__(self, var: Path) -> None:
        services.make_folder(var)
        try:
            self._file = (var / "owner.lock").open("a+")
        except PermissionError as error:
            raise CannotStartError(services.not_ours(var / "owner.lock")) from error

    def take(self, **particulars: Any) -> bool:
        """Become the owner, unless somebody is; the particulars tell others who we are."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.describe(**particulars)
        return True

    def describe(self, **particulars: Any) -> None:
        """Tell others who we are and what we do."""
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), **particulars}, self._file)
        self._file.flush()

    def owner(self) -> dict[str, Any]:
        """What the present owner says of itself."""
        self._file.seek(0)
        try:
            found = json.load(self._file)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def release(self) -> None:
        """Let others own the services; they must have ended."""
        self._file.close()


def wanted(var: Path) -> list[Service]:
    """The embedded services that the environment does not replace, ready to be started."""
    found = []
    if services.is_embedded("DATABASE_URL"):
        found.append(postgres(var))
    if services.is_embedded("REDIS_URL"):
        found.append(valkey(var))
    return found


@contextlib.contextmanager
def embedded_services(var: Path) -> Iterator[None]:
    """Have the embedded services: those of a running `up` or command, or else our own for as long as it takes."""
    if not (services.is_embedded("DATABASE_URL") or services.is_embedded("REDIS_URL")):
        yield
        return
    ownership = Ownership(var)
    with (var / "users.lock").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        if not _owns_or_finds(ownership, var):
            yield
            return
        try:
            with started(var):
                yield
                _wait_for_others(users)
        finally:
            ownership.release()


@contextlib.contextmanager
def started(var: Path) -> Iterator[None]:
    """The services from when they answer until they have ended. The caller owns them."""
    running: list[tuple[Service, subprocess.Popen[bytes]]] = []
    try:
        for service in wanted(var):
            running.append((service, service.start()))
        for service, process in running:
            service.wait(process)
        if services.is_embedded("DATABASE_URL"):
            create_database(var)
        yield
    finally:
        for service, process in running:
            service.stop(process)


def _wait_for_others(users: IO[str]) -> None:
    """Wait for the commands that work on our services; those that come later wait until the services have ended."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.stderr.write("Waiting for another command, which uses the database that this one started.\n")
        fcntl.flock(users, fcntl.LOCK_EX)


def _owns_or_finds(ownership: Ownership, var: Path) -> bool:
    """True once we own the services, which do not run then; False once somebody else's answer."""
    deadline = time.monotonic() + START_SECONDS
    while not ownership.take(command=" ".join(sys.argv[1:2])):
        if _answer(var):
            return False
        if time.monotonic() > deadline:
            owner = ownership.owner()
            raise CannotStartError(f"The services that process {owner.get('pid')} started give no answer.")
        time.sleep(0.1)
    return True


def _answer(var: Path) -> bool:
    return (not services.is_embedded("DATABASE_URL") or postgres_answers(var)) and (
        not services.is_embedded("REDIS_URL") or valkey_answers(var)
    )
