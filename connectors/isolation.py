"""Parsers of hostile bytes run here: in a child process with little memory, little time and no secrets.

Whatever becomes of the child, the caller lives and goes on with the next item. One child works through many items; it
is made anew only after one that it didn't survive.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from connectors.isolated import LENGTH, MAX_ANSWER, NO_MEMORY

MEMORY = 512 * 1024 * 1024
SECONDS = 10.0
# A child on a busy machine gets so long to start, in addition.
_STARTING = 10.0
_ROOT = Path(__file__).resolve().parent.parent


class Unreadable(Exception):
    """The bytes could not be read, or did not let themselves be read with what they were allowed. Says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: its value, or why there is none."""

    value: Any = None
    error: str = ""


def call(function: str, item: bytes, *, memory: int = MEMORY, seconds: float = SECONDS, **options: Any) -> Any:
    """What `function` ("module:name", pure) makes of `item`. Raises Unreadable.

    `options` go to it as they are; they and the answer must be JSON.
    """
    (outcome,) = each(function, [item], memory=memory, seconds=seconds, **options)
    if outcome.error:
        raise Unreadable(outcome.error)
    return outcome.value


def each(
    function: str, items: Sequence[bytes], *, memory: int = MEMORY, seconds: float = SECONDS, **options: Any
) -> Iterator[Outcome]:
    """As `call` for many items, in order, each as soon as it is there. Each has `seconds` and `memory`."""
    with tempfile.TemporaryFile() as handed:
        handed.write(json.dumps({"function": function, "options": options}).encode() + b"\n")
        for item in items:
            handed.write(len(item).to_bytes(LENGTH, "big") + item)
        handed.flush()
        done = 0
        while done < len(items):
            for outcome in _child(handed, memory, seconds, done, len(items) - done):
                yield outcome
                done += 1


def _child(handed: IO[bytes], memory: int, seconds: float, first: int, left: int) -> Iterator[Outcome]:
    """The outcomes of one child: of all that is left, or up to and with the item that was its end."""
    handed.seek(0)
    process = subprocess.Popen(
        [sys.executable, "-m", "connectors.isolated", str(memory), str(seconds), str(first)],
        stdin=handed,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Nothing of ours: an environment holds keys.
        env={"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
    )
    if process.stdout is None:
        raise AssertionError("the child has no output")
    try:
        lines = _lines(process.stdout, seconds)
        for _ in range(left):
            line = next(lines, None)
            if line is None:
                yield Outcome(error=_end_of(process, seconds))
                return
            yield _outcome(line)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _outcome(line: bytes) -> Outcome:
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Outcome(error=f"the process that read it gave no answer ({type(error).__name__})")
    return Outcome(value=answer.get("value"), error=answer.get("error", ""))


def _lines(out: IO[bytes], seconds: float) -> Iterator[bytes]:
    """The child's lines, until it ends or none comes for too long."""
    waiting = bytearray()
    end = time.monotonic() + seconds + _STARTING
    while len(waiting) <= MAX_ANSWER + 1:
        ready, _, _ = select.select([out], [], [], max(end - time.monotonic(), 0))
        chunk = os.read(out.fileno(), 1 << 20) if ready else b""
        if not chunk:
            return
        waiting += chunk
        if b"\n" in chunk:
            *whole, rest = waiting.split(b"\n")
            yield from map(bytes, whole)
            waiting = bytearray(rest)
            end = time.monotonic() + seconds + _STARTING


def _end_of(process: subprocess.Popen[bytes], seconds: float) -> str:
    """Why a child ended without an answer."""
    try:
        status = process.wait(1)
    except subprocess.TimeoutExpired:
        status = -signal.SIGALRM
    if status == -signal.SIGALRM:
        return f"it took longer than {seconds:g} seconds"
    if status in (-signal.SIGKILL, NO_MEMORY):
        return "it needed more memory than it may"
    return f"the process that read it died ({status})"
