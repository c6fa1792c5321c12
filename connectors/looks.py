"""How a channel is, in a word or two and an icon: for lists, where there is no room for more."""

from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext, gettext_lazy

from connectors import signs
from connectors.models import Channel, Pull
from connectors.registry import CONNECTORS


class Look(NamedTuple):
    """A state as it is shown: its word, the icon beside it, and how much it matters."""

    word: str
    icon: str
    kind: str = ""


_STATES = {
    Pull.State.NEW: ("clock", ""),
    Pull.State.OK: ("check", "good"),
    Pull.State.WAITING: ("clock", ""),
    Pull.State.RETRYING: ("refresh-cw", ""),
    Pull.State.BROKEN: ("circle-x", "bad"),
}
# Signs that say more than the state of the pull; of any other the state's own word is enough.
_SIGNS = {
    "late": gettext_lazy("Not pulled"),
    "expiring": gettext_lazy("Expires soon"),
    "silent": gettext_lazy("Too quiet"),
    "refused": gettext_lazy("Webhooks refused"),
}


def look_of(channel: Channel, now: datetime) -> Look:
    """With the rows of its pull, its watch and its calls at hand no statement."""
    if is_draft(channel):
        return Look(gettext("Not finished"), "circle-dashed", "warn")
    if not channel.is_active:
        word = gettext("Paused") if channel.connected_at else gettext("Disconnected")
        return Look(word, "clock" if channel.connected_at else "plug")
    usual = _pulled(channel) if signs.interval(channel) > 0 else _heard(channel)
    worst = max(signs.of_rows(channel, now), key=lambda sign: ("", "warn", "bad").index(sign.level), default=None)
    if worst is None or not worst.level or usual.kind == "bad":
        return usual
    word = str(_SIGNS.get(worst.kind, usual.word))
    return Look(word, "triangle-alert" if worst.kind in _SIGNS else usual.icon, worst.level)


def is_draft(channel: Channel) -> bool:
    """Whether somebody has begun to connect it and never finished; one that was disconnected has a history."""
    return channel.is_disconnected and getattr(channel, "pull", None) is None


def _pulled(channel: Any) -> Look:
    pull = getattr(channel, "pull", None)
    state = Pull.State(pull.state) if pull else Pull.State.NEW
    return Look(str(state.label), *_STATES[state])


def _heard(channel: Any) -> Look:
    """A channel that is never pulled: others deliver to it, or people do."""
    kind, calls = CONNECTORS.get(channel.network), getattr(channel, "calls", None)
    if kind is None or not kind.takes_webhooks:
        return Look(gettext("Filled by hand"), "upload")
    if calls is None or calls.heard_at is None:
        return Look(gettext("Nothing delivered yet"), "clock")
    return Look(gettext("Working"), "check", "good")
