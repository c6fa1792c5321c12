"""The child's side of connectors/isolation.py: `python -m connectors.isolated MEMORY SECONDS FIRST`.

On standard input lies a file: the function's name and its options as a line of JSON, then the items, each after its
length. For each item from FIRST on a line of JSON goes out: {"value": …} or {"error": …}. Whoever takes too long is
ended by the kernel, which no code in here can prevent. Free of Django, so that it starts quickly.
"""

import json
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, BinaryIO

LENGTH = 8
MAX_ANSWER = 32 * 1024 * 1024
# How a child ends for which there was not even memory to read the item or to load the function.
NO_MEMORY = 12


def main(memory: int, seconds: float, first: int) -> None:
    """Work through the items."""
    for what, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(what, (limit, limit))
    source, out = sys.stdin.buffer, sys.stdout.buffer
    asked = json.loads(source.readline())
    # What foreign code prints must not be taken for an answer.
    sys.stdout = sys.stderr
    function = _found(asked["function"])
    for item in _items(source, first):
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answer = _answer(function, item, asked["options"])
        # How long the other side takes to fetch the answer is no fault of the item's.
        signal.setitimer(signal.ITIMER_REAL, 0)
        out.write(answer + b"\n")
        out.flush()


def _found(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def _items(source: BinaryIO, first: int) -> Iterator[bytes]:
    number = 0
    while length := source.read(LENGTH):
        size = int.from_bytes(length, "big")
        if number >= first:
            yield source.read(size)
        else:
            source.seek(size, 1)
        number += 1


def _answer(function: Callable[..., Any], item: bytes, options: dict[str, Any]) -> bytes:
    try:
        answer = json.dumps({"value": function(item, **options)}).encode()
        if len(answer) > MAX_ANSWER:
            return json.dumps({"error": f"it became larger than {MAX_ANSWER} bytes"}).encode()
    except MemoryError:
        return b'{"error": "it needed more memory than it may"}'
    except Exception as error:  # noqa: BLE001 - whatever hostile bytes do to a parser, it is told and the next one read
        return json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}).encode()
    return answer


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
    except MemoryError:
        sys.exit(NO_MEMORY)
