"""Where the database and the broker are: given by the environment, or embedded below var/.

Imported by the settings, so nothing here needs Django. socialcrm/embedded.py starts what is named here.
"""

import base64
import hashlib
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit


class CannotStartError(Exception):
    """A service that does not come up; the text says why and what to do."""


DATABASE = USER = "socialcrm"
# A database that falls silent, in the middle of a conversation too, is given up within half a minute.
PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# A Unix socket's path has at most 107 bytes; PostgreSQL appends "/.s.PGSQL.5432.lock".
LONGEST_SOCKET_FOLDER = 87


def var_folder() -> Path:
    """Where everything is that the product writes itself."""
    return Path(os.environ.get("SOCIALCRM_VAR", "") or Path(__file__).resolve().parent.parent / "var").resolve()


def is_embedded(variable: str) -> bool:
    """Whether the service that DATABASE_URL or REDIS_URL would name is ours to run."""
    return not os.environ.get(variable)


def make_folder(folder: Path) -> None:
    """The folder for what we write, made where it is missing; says whose it is where we may not write."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except PermissionError as error:
        raise CannotStartError(not_ours(folder)) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CannotStartError(not_ours(folder))


def not_ours(path: Path) -> str:
    """What to do about a file that another user made."""
    while not path.exists():
        path = path.parent
    owner = path.stat().st_uid
    return f"{path} belongs to user {owner}, and this is user {os.geteuid()}. Run as that user, or chown the folder."


def secret(var: Path, name: str) -> str:
    """A random secret below var/, made on first use and readable by its owner alone."""
    return _kept(var / name, secrets.token_urlsafe(48))


def credential_key(var: Path) -> str:
    """The first key of the credentials' keyring: "id:base64 of 32 random bytes"."""
    material = base64.b64encode(secrets.token_bytes(32)).decode()
    return _kept(var / "credential_key", f"{secrets.token_hex(4)}:{material}")


def _kept(path: Path, fresh: str) -> str:
    """The file's text; `fresh` where there is no such file yet. Two processes at once agree on one of them."""
    try:
        return path.read_text()
    except FileNotFoundError:
        make_folder(path.parent)
    except PermissionError as error:
        raise CannotStartError(not_ours(path)) from error
    # Written aside and linked into place: nobody ever reads half a secret, and the first one wins.
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(fresh)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        return path.read_text()
    finally:
        aside.unlink()
    return fresh


def socket_folder(var: Path, service: str) -> Path:
    """Where an embedded service has its socket: beside its data, or below /tmp if that path will not do."""
    beside = var / service
    # PostgreSQL takes a comma for the end of the path, and a quotation mark for the beginning of one.
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER and not set(str(beside)) & set(',"'):
        return beside
    return Path("/tmp") / f"socialcrm-{hashlib.sha256(os.fsencode(beside)).hexdigest()[:16]}"  # noqa: S108


def database_url(var: Path) -> str:
    """The address of the embedded PostgreSQL."""
    password = quote(secret(var, "postgres_password"), safe="")
    return f"postgresql://{USER}:{password}@/{DATABASE}?host={quote(str(socket_folder(var, 'postgres')))}"


def redis_url(var: Path) -> str:
    """The address of the embedded Valkey."""
    password = quote(secret(var, "valkey_password"), safe="")
    return f"unix://:{password}@{quote(str(valkey_socket(var)))}?db=0"


def valkey_socket(var: Path) -> Path:
    """The socket of the embedded Valkey."""
    return socket_folder(var, "valkey") / "valkey.sock"


def broker_url(redis: str) -> str:
    """A Redis address in Celery's spelling, which differs for Unix sockets alone."""
    parts = urlsplit(redis)
    if parts.scheme != "unix":
        return redis
    number = dict(parse_qsl(parts.query)).get("db", "0")
    login = parts.netloc.rpartition("@")[0]
    return f"redis+socket://{login + '@' if login else ''}{parts.path}?virtual_host={number}"


def database_settings(url: str) -> dict[str, Any]:
    """DATABASE_URL as Django spells it; what stands behind the question mark goes to the driver."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise CannotStartError(
            f"DATABASE_URL begins with {parts.scheme!r}: write postgresql://user:password@host:5432/name"
        )
    options: dict[str, Any] = PATIENCE | {"application_name": "socialcrm"} | dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    port = options.pop("port", None) or parts.port or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
        "OPTIONS": options,
    }
