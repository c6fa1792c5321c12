"""Who is at which conversation at this moment, and whether they write: kept in Redis alone, and only for seconds.

Every browser says so every ten seconds; whoever is not heard of for longer is gone. Presence is for colleagues'
eyes: it warns, and never decides what somebody may do.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, Literal

import redis
import structlog

from inbox import live
from inbox.presentation import hue, initials
from people.models import User

log = structlog.get_logger(__name__)

KEY = "here"
LASTS = 25
"""Seconds after which somebody is gone who has not said that they are still there."""

Doing = Literal["viewing", "replying", "noting", "left"]
DOINGS: tuple[Doing, ...] = ("viewing", "replying", "noting", "left")

Somebody = dict[str, Any]
Everybody = dict[int, list[Somebody]]


def say(conversation_id: int, *, by: User, doing: Doing) -> None:
    """Somebody is at a conversation, or has left it. Colleagues' browsers are told where that is news."""
    name = f"{conversation_id}:{by.pk}"
    try:
        before = _read(live.client().hget(KEY, name))  # type: ignore[arg-type]
        if doing == "left":
            live.client().hdel(KEY, name)
        else:
            live.client().hset(KEY, name, json.dumps(_somebody(by) | {"doing": doing, "until": time.time() + LASTS}))
    except redis.RedisError as error:
        # It is said again in ten seconds.
        log.info("presence_lost", error=str(error))
        return
    is_there = before is not None and before["until"] > time.time()
    if (before or {}).get("doing") != doing if is_there else doing != "left":
        live.publish({"here": conversation_id})


def take_over(conversation_id: int, *, by: User) -> None:
    """Tell whoever is writing to this customer that somebody else does it now."""
    live.publish({"taken": {"conversation": conversation_id, **_somebody(by)}})


def everybody(raw: Mapping[bytes, bytes], now: float) -> tuple[Everybody, list[bytes]]:
    """Who is where, by conversation, and the names of entries that have ended. `raw` is the hash as Redis has it, `now`
    in seconds."""
    found: Everybody = {}
    ended: list[bytes] = []
    for name, value in raw.items():
        conversation_id, _, user_id = name.partition(b":")
        one = _read(value)
        if one is None or one["until"] <= now or not conversation_id.isdigit() or not user_id.isdigit():
            ended.append(name)
            continue
        del one["until"]
        found.setdefault(int(conversation_id), []).append(one)
    for those in found.values():
        # Who writes comes first.
        those.sort(key=lambda one: (one["doing"] == "viewing", one["id"]))
    return found, ended


def _somebody(user: User) -> Somebody:
    name = str(user)
    return {
        "id": user.pk,
        "name": name,
        "first": name.split()[0] if name.split() else name,
        "initials": initials(name),
        "hue": hue(f"user-{user.pk}"),
    }


def _read(value: bytes | None) -> dict[str, Any] | None:
    try:
        found = json.loads(value or b"null")
    except ValueError:
        return None
    return found if isinstance(found, dict) and "until" in found and "doing" in found else None
