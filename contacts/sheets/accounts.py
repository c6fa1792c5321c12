"""Accounts on networks as people write them into tables: handles, ids, and addresses of profiles."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

# Network → as people write it, in the order in which a choice of them is offered.
NETWORKS = {
    "x": "X",
    "instagram": "Instagram",
    "facebook": "Facebook",
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "linkedin": "LinkedIn",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "reddit": "Reddit",
    "telegram": "Telegram",
}
_HOSTS = {
    "x.com": "x",
    "twitter.com": "x",
    "instagram.com": "instagram",
    "facebook.com": "facebook",
    "fb.com": "facebook",
    "bsky.app": "bluesky",
    "linkedin.com": "linkedin",
    "youtube.com": "youtube",
    "tiktok.com": "tiktok",
    "reddit.com": "reddit",
    "t.me": "telegram",
    "telegram.me": "telegram",
}
_FIRST_STEPS = {
    "bluesky": ("profile",),
    "linkedin": ("in", "company"),
    "reddit": ("user", "u"),
    "youtube": ("channel", "c", "user"),
}
_HANDLE = re.compile(r"[\w][\w.\-]{0,199}")
_FULL_HANDLE = re.compile(r"[\w][\w.\-]{0,99}@[\w.\-]+\.[\w\-]{2,}")
_LONGEST_URL = 2_000


@dataclass(frozen=True, slots=True)
class Account:
    """One account: by its id on the network, or by its handle (folded, without @)."""

    network: str
    handle: str = ""
    external_id: str = ""
    url: str = ""

    def __str__(self) -> str:
        return f"{self.network} {self.handle or self.external_id}"


def by_id(network: str, text: str) -> Account | None:
    """The account with this id on its network, as it stands."""
    return Account(network, external_id=text) if text and len(text) <= 500 else None


def on(network: str, text: str) -> Account | None:
    """The account that a cell of this network's column names: a handle, an id or an address. None if it is none."""
    if "/" in text:
        found = of_profile(text)
        return found if found is not None and found.network == network else None
    if text.startswith("did:"):
        return by_id(network, text)
    handle = text.removeprefix("@").casefold()
    if network == "mastodon":
        return Account(network, handle=handle) if _FULL_HANDLE.fullmatch(handle) else None
    # The ids of these are numbers, and no handle of theirs that is one is as long.
    if network in ("x", "facebook", "instagram") and re.fullmatch(r"\d{5,40}", handle) and not text.startswith("@"):
        return by_id(network, text)
    return Account(network, handle=handle) if _HANDLE.fullmatch(handle) else None


def of_profile(text: str) -> Account | None:
    """The account that the address of a profile belongs to. None where no network is known by it."""
    url = text if re.match(r"https?://", text, re.IGNORECASE) else f"https://{text}"
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    except ValueError:
        return None
    if len(url) > _LONGEST_URL or not url.isprintable() or " " in url:
        return None
    steps = [unquote(step) for step in parts.path.split("/") if step]
    network = _HOSTS.get(host) or next((_HOSTS[one] for one in _HOSTS if host.endswith(f".{one}")), None)
    if network is None:
        return _on_mastodon(host, steps, url)
    if network == "facebook" and steps == ["profile.php"]:
        match = re.search(r"(?:^|&)id=(\d{1,40})(?:&|$)", parts.query)
        return Account(network, external_id=match[1], url=url) if match else None
    if steps and steps[0].casefold() in _FIRST_STEPS.get(network, ()):
        steps = steps[1:]
    handle = steps[0].removeprefix("@").casefold() if steps else ""
    if network == "bluesky" and handle.startswith("did:"):
        return Account(network, external_id=steps[0], url=url)
    return Account(network, handle=handle, url=url) if _HANDLE.fullmatch(handle) else None


def _on_mastodon(host: str, steps: list[str], url: str) -> Account | None:
    """https://server/@name, and https://server/users/name."""
    if len(steps) == 1 and steps[0].startswith("@"):
        name = steps[0][1:]
    elif len(steps) == 2 and steps[0] == "users":
        name = steps[1]
    else:
        return None
    handle = (name if "@" in name else f"{name}@{host}").casefold()
    return Account("mastodon", handle=handle, url=url) if _FULL_HANDLE.fullmatch(handle) else None
