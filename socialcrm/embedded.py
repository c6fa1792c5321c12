"""What the embedded services have in common: how one is started, asked whether it answers, and stopped."""

import importlib.util
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from socialcrm import services
from socialcrm.services import CannotStartError
from socialcrm.unprivileged import Account, become

LARGEST_LOG_BYTES = 2_000_000
START_SECONDS = 60


@dataclass
class Service:
    """One embedded server, in the form that a supervisor needs."""

    name: str
    command: list[str]
    folder: Path
    log: Path
    account: Account | None
    answers: Callable[[], bool]
    stop_signal: signal.Signals
    # How the server ends if whoever started it is killed.
    orphan_signal: signal.Signals
    before: Callable[[], None] = lambda: None

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server in a session of its own, so that Ctrl-C in the terminal does not reach it."""
        self.before()
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=become(self.account, when_parent_dies=self.orphan_signal),
            )

    def wait(self, process: subprocess.Popen[bytes], seconds: float = START_SECONDS) -> None:
        """Return once the server answers; say what its log says if it ends or stays silent."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if process.poll() is not None:
                raise CannotStartError(f"{self.name} ended at once. Its log says:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise CannotStartError(f"{self.name} gives no answer. Its log says:\n{self.last_words()}")
            time.sleep(0.05)

    def stop(self, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
        """Ask the server to end in an orderly way, and make it if it does not."""
        process.send_signal(self.stop_signal)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def last_words(self, lines: int = 10) -> str:
        """The end of the server's log, indented."""
        if not self.log.exists():
            return "  (nothing)"
        words = self.log.read_bytes()[-20_000:].decode(errors="replace").splitlines()[-lines:]
        return "\n".join(f"  {line}" for line in words)


def package_folder(name: str) -> Path:
    """Where a package lies. Not imported: both packages do things at import that we have no use for."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStartError(f"The package {name} is missing: run `make run`, or set DATABASE_URL and REDIS_URL.")
    return Path(spec.origin).parent


def plain_environment() -> dict[str, str]:
    """Nothing of ours: PG* variables would change the server, and secrets have no business there."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def private_socket_folder(var: Path, service: str, account: Account | None) -> Path:
    """The folder of a service's socket, made where it is not that of its data, and nobody else's."""
    folder = services.socket_folder(var, service)
    if folder.parent == var:
        return folder
    uid = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
        if account is not None:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        found = folder.lstat()
        if found.st_uid != uid or found.st_mode & 0o777 != 0o700:
            raise CannotStartError(f"{folder} belongs to somebody else. Remove it, or use a shorter path.") from None
    return folder
