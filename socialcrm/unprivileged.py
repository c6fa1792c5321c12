"""Running a server as somebody other than root, and never longer than its parent.

PostgreSQL refuses to run as root. Where `manage.py` itself is root, its servers run as the owner of the data or as
`nobody`; if that user cannot reach the project (a clone below /root, say), they keep the one capability to pass
closed folders, which root hands them, and no other.
"""

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from socialcrm.services import CannotStartError

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """Whom a server runs as, and whether it needs help to reach its files."""

    uid: int
    gid: int
    passes_closed_folders: bool = False


def account_for(data: Path, *needed: Path) -> Account | None:
    """The account for a server with its files in `data`; None means: as whoever we are."""
    if os.geteuid() != 0:
        return None
    owner = _first_owner(data)
    try:
        # An owner without a name is no choice: PostgreSQL asks for the name.
        entry = pwd.getpwuid(owner) if owner and _has_name(owner) else pwd.getpwnam("nobody")
    except KeyError as error:
        raise CannotStartError("PostgreSQL does not run as root, and there is no user `nobody`.") from error
    for passes_closed_folders in (False, True):
        account = Account(entry.pw_uid, entry.pw_gid, passes_closed_folders)
        if _reaches(account, *needed):
            return account
    raise CannotStartError(
        f"PostgreSQL does not run as root, and the user {entry.pw_name} cannot reach {data}. "
        "Put the project where everybody may pass (below /srv or /opt, say), run as another user, or set DATABASE_URL."
    )


def hand_over(account: Account | None, *paths: Path) -> None:
    """Give files to the account that will work on them, with all that is below."""
    if account is None:
        return
    for path in paths:
        for folder, _, names in os.walk(path):
            for each in (folder, *(os.path.join(folder, name) for name in names)):
                if os.lstat(each).st_uid != account.uid:
                    os.lchown(each, account.uid, account.gid)


def become(account: Account | None, *, when_parent_dies: signal.Signals) -> Callable[[], None]:
    """What a child runs between fork and exec: change user, and die with the parent that started it."""
    parent = os.getpid()

    def prepare() -> None:
        if account is not None:
            _change_user(account)
        # After the change of user, which clears it.
        end_with_parent(when_parent_dies)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def end_with_parent(how: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent ends, however it ends. Linux alone can."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


def _first_owner(path: Path) -> int:
    """Who owns the path, or the closest folder above it that exists."""
    while not path.exists():
        path = path.parent
    return path.stat().st_uid


def _reaches(account: Account, *paths: Path) -> bool:
    """Try it in a child: mode bits alone say nothing of access lists and mounts."""
    child = os.fork()
    if child == 0:
        try:
            _change_user(account)
            os._exit(0 if all(os.access(path, os.X_OK) for path in paths) else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _change_user(account: Account) -> None:
    if account.passes_closed_folders:
        # Without this the change of user would drop the capability, and access(2) would go by the user alone.
        _libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    if account.passes_closed_folders:
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        bit = 1 << CAP_DAC_OVERRIDE
        sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        if _libc.capset(header, sets) or _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0):
            raise OSError(ctypes.get_errno(), "cannot hand on the capability to pass closed folders")
