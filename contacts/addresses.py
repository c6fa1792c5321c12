"""Addresses of profiles in one form, so that two that lead to the same place are equal. Free of Django."""

from collections.abc import Iterable
from urllib.parse import parse_qs, unquote, urlsplit

MOST = 20  # addresses that one profile names
_LONGEST = 200
_HOSTS = {
    "twitter.com": "x.com",
    "fb.com": "facebook.com",
    "fb.me": "facebook.com",
    "instagr.am": "instagram.com",
    "threads.com": "threads.net",
    "old.reddit.com": "reddit.com",
    "telegram.me": "t.me",
}
_PREFIXES = ("www.", "m.", "mobile.", "web.")
# Where a network shows the profile of a handle.
_HOMES = {
    "x": "x.com/{}",
    "instagram": "instagram.com/{}",
    "facebook": "facebook.com/{}",
    "bluesky": "bsky.app/profile/{}",
    "threads": "threads.net/@{}",
    "tiktok": "tiktok.com/@{}",
    "youtube": "youtube.com/@{}",
    "reddit": "reddit.com/user/{}",
    "telegram": "t.me/{}",
    "github": "github.com/{}",
}
_AROUND = ".,;:!?\"'()[]{}<>|*·•…“”«»"


def canonical(address: str) -> str:
    """Host and path alone, folded, without what changes nothing: "https://www.Twitter.com/Dana/?s=20" → "x.com/dana".

    Empty for what is no address of a page, and for one that is longer than 200 characters.
    """
    text = address.strip()
    if not text.isprintable() or " " in text or len(text) > 2000:
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    # Before an @ stands somebody's name, as in an e-mail address.
    if parts.scheme.lower() not in ("http", "https") or "." not in host or "@" in parts.netloc:
        return ""
    for prefix in _PREFIXES:
        if host.startswith(prefix) and host.count(".") > 1:
            host = host.removeprefix(prefix)
            break
    host = _HOSTS.get(host, host)
    steps = [unquote(step).strip() for step in parts.path.split("/") if step.strip()]
    found = "/".join([host, *_same(host, steps, parts.query)]).casefold()
    return found if len(found) <= _LONGEST and found.isprintable() else ""


def named_in(bio: str, links: Iterable[str] = ()) -> list[str]:
    """The addresses that a profile names, in its words and in the fields made for it; each once, the first twenty."""
    found = dict.fromkeys(canonical(one) for one in links)
    if "." in bio:
        for word in bio[:10_000].split():
            if "." in word and ("/" in word):
                found[canonical(word.strip(_AROUND))] = None
    found.pop("", None)
    return list(found)[:MOST]


def own(network: str, handle: str, url: str) -> list[str]:
    """The addresses of a profile itself: the one that came with it, and the one that its handle makes."""
    name = handle.strip().removeprefix("@").casefold()
    made = ""
    if network == "mastodon" and name.count("@") == 1:
        user, _, server = name.partition("@")
        made = canonical(f"{server}/@{user}")
    elif name and "/" not in name and network in _HOMES:
        made = canonical(_HOMES[network].format(name))
    return [one for one in dict.fromkeys((canonical(url) if url else "", made)) if one]


def _same(host: str, steps: list[str], query: str) -> list[str]:
    """The steps of a path, where networks know the same page by several."""
    if host == "facebook.com" and steps == ["profile.php"]:
        return [*steps, *parse_qs(query, max_num_fields=50).get("id", [])[:1]] if query.count("&") < 50 else steps
    if host == "reddit.com" and steps[:1] == ["u"]:
        return ["user", *steps[1:]]
    if len(steps) == 2 and steps[0] == "users":
        # As Mastodon's servers write it for one another.
        return [f"@{steps[1]}"]
    return steps
