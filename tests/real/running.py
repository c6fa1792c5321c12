"""Starts the servers of tests/real/servers/ and stops them again."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "servers"
INSTALLED = Path(__file__).resolve().parents[2] / "var" / "test-servers"


@dataclass(frozen=True)
class Running:
    """A server that answers: where, and the folder with all that it writes (its own notes for us among it)."""

    port: int
    data: Path
    pid: int

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return (self.data / "server.log").read_text(errors="replace")


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


@contextlib.contextmanager
def serving(
    name: str, *, port: int = 0, seconds: float = 60, like: Path | None = None, gently: bool = True
) -> Iterator[Running]:
    """The server of tests/real/servers/NAME.sh for the length of a `with` block, from when it takes connections.

    `like`: a folder with what an earlier one has written, to begin with a copy of it. Not `gently`: killed in the end,
    because it takes its time to stop.
    """
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix=f"socialcrm-{name}-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        if like is not None:
            shutil.copytree(like, data, dirs_exist_ok=True, symlinks=True)
        # Servers that run as a user of their own have to come in.
        data.chmod(0o755)
        command = ["sh", str(SCRIPTS / f"{name}.sh"), "run", str(INSTALLED / name), str(port), folder]
        with (data / "server.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(process, port, seconds, data)
            yield Running(port=port, data=data, pid=process.pid)
        finally:
            _stop(process, gently=gently)


def _wait(process: "subprocess.Popen[bytes]", port: int, seconds: float, data: Path) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not run:\n{(data / 'server.log').read_text(errors='replace')[-3000:]}")


def _stop(process: "subprocess.Popen[bytes]", *, gently: bool) -> None:
    """End the whole group, for scripts start more than one process."""
    for how in (signal.SIGTERM, signal.SIGKILL) if gently else (signal.SIGKILL,):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return
