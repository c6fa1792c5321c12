"""The web process as `manage.py up` starts it, on the scratch database, and browsers with sessions of their own."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import connection
from django.test import Client

from people.models import Department, Membership, User
from socialcrm import processes
from socialcrm.probe import ask

_PATIENCE = 60


@contextmanager
def serving() -> Iterator[tuple[int, int]]:
    """Runs the web process; its port and its process id."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    redis.Redis.from_url(redis_url()).flushdb()
    program = processes.web("127.0.0.1", port)
    # What browsers load, as it is served every day.
    collect = processes.manage("collectstatic", "--noinput", "--verbosity", "0")
    subprocess.run(collect.command, cwd=collect.folder, env=collect.environment | environment(), check=True)
    process = subprocess.Popen(program.command, cwd=program.folder, env=program.environment | environment())
    try:
        _wait_until_open(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def redis_url() -> str:
    """A part of the broker that nobody else uses."""
    return re.sub(r"(db=|/)0$", r"\g<1>9", settings.REDIS_URL)


def environment() -> dict[str, str]:
    """What points processes at the scratch database, and at that part of the broker."""
    database = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    plain = {"HTTPS": "0", "SSL_REDIRECT": "0"}
    return os.environ | plain | {"DATABASE_URL": database, "REDIS_URL": redis_url(), "CELERY_BROKER_URL": ""}


def agents(count: int) -> list[str]:
    """The cookies of so many colleagues, who are logged in."""
    departments = list(Department.objects.order_by("pk"))
    cookies = []
    for number in range(count):
        name = f"bench-{number}"
        user, is_new = User.objects.get_or_create(username=name, defaults={"name": f"Bench {number}"})
        if is_new and departments:
            Membership.objects.create(user=user, department=departments[number % len(departments)])
        client = Client()
        client.force_login(user)
        cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return [f"{settings.SESSION_COOKIE_NAME}={one}" for one in cookies]


def resident(pid: int) -> int:
    """How much memory a process and those that it has started hold, in MB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return round(int(found[1]) / 1024 if found else 0) + sum(resident(int(child)) for child in children)


def _wait_until_open(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with suppress(OSError):
            ask("127.0.0.1", port, "healthz")
            return
        time.sleep(0.1)
    raise RuntimeError("The web server did not start.")
