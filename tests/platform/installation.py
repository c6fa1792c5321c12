"""A whole installation, started as a person would start it, in a folder of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.output = var.parent / f"{var.name}.output"
        ours = ("DATABASE_URL", "REDIS_URL", "SOCIALCRM_TEST_RUN")
        self.environment = {name: value for name, value in os.environ.items() if name not in ours}
        self.environment |= {"SOCIALCRM_VAR": str(var), "DJANGO_SETTINGS_MODULE": "socialcrm.settings"}

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def up(self) -> None:
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-sample", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    def up_until_ready(self, seconds: float) -> float:
        begun = time.monotonic()
        self.up()
        until(lambda: "SocialCRM is ready." in self.said(), seconds, self.said)
        return time.monotonic() - begun

    def said(self) -> str:
        return self.output.read_text()

    def readyz(self) -> tuple[int, dict[str, str]]:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=10) as answer:
                return answer.status, json.load(answer)["checks"]
        except HTTPError as error:
            return error.code, json.load(error)["checks"]
        except (URLError, OSError):
            return 0, {}

    def is_ready(self) -> bool:
        return self.readyz()[0] == 200

    def stop(self, how: signal.Signals) -> float:
        begun = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(30)
        return time.monotonic() - begun

    def family(self) -> set[int]:
        """The parent and everything below it."""
        return family(self.process.pid)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(pid: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(re.sub(r".*\)", "", (entry / "stat").read_text()).split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = set(), [pid]
    while todo:
        found.add(todo[-1])
        todo.extend(children.get(todo.pop(), []))
    return found


def alive(pids: set[int]) -> set[int]:
    """Those that run; a zombie that nobody waits for does not."""
    return {pid for pid in pids if _state(pid) not in ("", "Z", "X")}


def named(pids: set[int], word: str) -> list[int]:
    """Those with a word in their command line, oldest first."""
    found = []
    for pid in sorted(pids):
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if word in line:
            found.append(pid)
    return found


def until(condition, seconds, explain=lambda: ""):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {explain()}"
        time.sleep(0.05)


def _state(pid: int) -> str:
    try:
        return re.sub(r".*\)", "", Path(f"/proc/{pid}/stat").read_text()).split()[0]
    except OSError:
        return ""
