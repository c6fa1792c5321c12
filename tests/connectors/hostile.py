"""Functions that no parser should be, for the tests of connectors/isolation.py, which runs them in a child."""

import ctypes
import json
import os
import time
from typing import Any


def handle(item: bytes, **options: Any) -> Any:  # noqa: C901
    """Does what the item says."""
    word = item.decode()
    match word:
        case "hang":
            time.sleep(60)
        case "spin":
            while True:
                json.dumps(list(range(1000)))
        case "2 GiB":
            return len(bytearray(2 << 30))
        case "die":
            os._exit(3)
        case "crash":
            ctypes.string_at(0)
        case "recurse":
            return handle(item)
        case "raise":
            raise ValueError("no such thing")
        case "print":
            print('{"value": "not this"}')  # noqa: T201
        case "environment":
            return sorted(os.environ)
        case "no json":
            return {1, 2}
        case "large":
            return "x" * (33 << 20)
    return [word, options]
