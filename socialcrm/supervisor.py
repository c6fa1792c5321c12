"""One parent for several processes: starts them, prefixes what they say, starts again what dies, stops them in order.

All children are started from the main thread: Linux tells a child of its parent's death when the thread that started
it ends.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from socialcrm.embedded import Service
from socialcrm.unprivileged import become

# Together less than the ten seconds in which everything must have ended.
DRAIN_SECONDS = 6.0
SERVICE_SECONDS = 3.0
LONGEST_PAUSE_SECONDS = 30
# A process that lived this long was not broken from the start.
HEALTHY_SECONDS = 60


@dataclass(frozen=True)
class Program:
    """A process of the product itself; what it writes is shown with its name in front."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: dict[str, str]
    # Beginnings of lines that would mislead the reader.
    unsaid: tuple[str, ...] = ()

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, so that Ctrl-C in the terminal reaches the parent alone."""
        return subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=become(None, when_parent_dies=signal.SIGKILL),
        )

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal on which it finishes what it does and ends."""
        return signal.SIGTERM


@dataclass
class Child:
    """A program or service, and the process that is it at the moment."""

    what: Program | Service
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    pause: float = 1.0
    again_at: float | None = None


class Supervisor:
    """Keeps a set of children running until told to stop them."""

    def __init__(self, say: Callable[[str, str], None]) -> None:
        self.say = say
        self.children: list[Child] = []

    def start(self, what: Program | Service) -> Child:
        """Start one more child and keep it running."""
        child = Child(what, what.start())
        self.children.append(child)
        self._listen(child)
        return child

    def run(self, program: Program) -> int:
        """Run a program to its end and return its status."""
        child = Child(program, program.start())
        self._listen(child)
        try:
            return child.process.wait()
        finally:
            self._end([child], DRAIN_SECONDS, signal.SIGKILL)

    def look(self) -> None:
        """Notice children that have died, and start them again after a pause that grows while they keep dying."""
        now = time.monotonic()
        for child in self.children:
            if child.again_at is not None:
                if now >= child.again_at:
                    child.again_at = None
                    child.process, child.started = child.what.start(), time.monotonic()
                    self._listen(child)
            elif child.process.poll() is not None:
                if now - child.started > HEALTHY_SECONDS:
                    child.pause = 1.0
                child.again_at = now + child.pause
                self.say(
                    child.what.name, f"{_ending(child.process.returncode)}; starting it again in {child.pause:g} s."
                )
                if isinstance(child.what, Service):
                    self.say(child.what.name, f"its log says:\n{child.what.last_words()}")
                child.pause = min(child.pause * 2, LONGEST_PAUSE_SECONDS)

    def stop(self) -> None:
        """Stop the programs, which may finish what they do, then the services that they stand on."""
        programs = [child for child in self.children if isinstance(child.what, Program)]
        self._end(programs, DRAIN_SECONDS, signal.SIGKILL)
        # PostgreSQL calls SIGQUIT an immediate shutdown: it recovers at the next start, as after a crash.
        self._end([child for child in self.children if child not in programs], SERVICE_SECONDS, signal.SIGQUIT)
        self.children = []

    def _end(self, children: list[Child], seconds: float, last_resort: signal.Signals) -> None:
        running = [child for child in children if child.process.poll() is None]
        for child in running:
            child.process.send_signal(child.what.stop_signal)
        deadline = time.monotonic() + seconds
        for child in running:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(child.what.name, "did not end in time and was made to.")
                # Its own children as well; each child leads a group.
                os.killpg(child.process.pid, last_resort)
                child.process.wait()

    def _listen(self, child: Child) -> None:
        if isinstance(child.what, Program) and child.process.stdout is not None:
            threading.Thread(target=self._repeat, args=(child.what, child.process.stdout), daemon=True).start()

    def _repeat(self, program: Program, stream: IO[bytes]) -> None:
        with stream:
            for raw in stream:
                line = raw.decode(errors="replace").rstrip()
                if line and not line.startswith(program.unsaid):
                    self.say(program.name, line)


def _ending(status: int) -> str:
    if status < 0:
        return f"was killed ({signal.Signals(-status).name})"
    return f"ended with status {status}"
