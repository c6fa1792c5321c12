"""Who a mail is from, as far as that can be believed, and whether a person wrote it. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from connectors.channels.email import headers
from connectors.channels.email.headers import Headers

_METHOD = re.compile(r"\s*(spf|dkim|dmarc)\s*=\s*([a-z]{1,20})\b", re.IGNORECASE)
_DOMAIN = re.compile(r"\b(?:header\.(?:d|i|from)|smtp\.mailfrom)\s*=\s*(?:[^@\s;]*@)?([\w.-]{1,255})", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_STRING = re.compile(r'"[^"]*"')
_NO_ANSWERS = re.compile(
    r"(?:no[._-]?reply|do[._-]?not[._-]?reply|donotreply|mailer-daemon|postmaster|bounces?)(?:[+._-].*)?@",
    re.IGNORECASE,
)
_BULK = ("bulk", "junk", "list", "auto_reply")


def judged(told: Headers, judge: str, sender: str) -> dict[str, str]:
    """What the server that received the mail found out about its sender; empty where nobody said it.

    Anybody can write such a header into a mail, so only that of our own server counts (RFC 8601, 5).
    """
    for value in told.get("authentication-results", ()) if judge else ():
        plain = _STRING.sub('""', _COMMENT.sub(" ", value))
        server, _, rest = plain.partition(";")
        if judge == "*":
            return _results(plain if _METHOD.match(server) else rest, sender)
        if server.split()[:1] == [judge]:
            return _results(rest, sender)
    return {}


def _results(said: str, sender: str) -> dict[str, str]:
    """spf, dkim, dmarc as they were found; `verdict` is pass or fail, or missing where they leave it open."""
    found: dict[str, str] = {}
    belongs = False
    for one in said.lower().split(";"):
        if match := _METHOD.match(one):
            found[match[1]] = "pass" if "pass" in (match[2], found.get(match[1])) else match[2]
            aligned = any(_is_of(domain, sender) for domain in _DOMAIN.findall(one))
            belongs = belongs or (match[2] == "pass" and match[1] in ("spf", "dkim") and aligned)
    if found.get("dmarc") == "pass" or (belongs and "dmarc" not in found):
        return found | {"verdict": "pass"}
    is_forged = found.get("spf") == "fail" and found.get("dkim") != "pass" and "dmarc" not in found
    return found | {"verdict": "fail"} if found.get("dmarc") == "fail" or is_forged else found


def _is_of(domain: str, sender: str) -> bool:
    """Whether a domain that vouches is that of the sender's address, or lies above it."""
    own = sender.rpartition("@")[2]
    return "." in domain and (own == domain or own.endswith("." + domain))


def automatic(told: Headers) -> str:
    """By which sign no person wrote a mail; empty where there is none."""
    submitted = headers.first(told, "auto-submitted").lower().split(";")[0].strip()
    if submitted and submitted != "no":
        return "Auto-Submitted"
    if headers.first(told, "precedence").lower() in _BULK:
        return "Precedence"
    for name, shown in (("list-id", "List-Id"), ("x-autoreply", "X-Autoreply"), ("x-autorespond", "X-Autorespond")):
        if told.get(name):
            return shown
    return "Return-Path" if [value.strip() for value in told.get("return-path", ())][:1] == ["<>"] else ""


def takes_no_answers(address: str) -> bool:
    """Whether an address says by its name that nobody reads what is sent there."""
    return bool(_NO_ANSWERS.match(address))


def answer_to(raw: Mapping[str, Any], author: str) -> str:
    """Where an answer goes: to where its sender wants it, or else to the sender. Empty where there is no address."""
    for candidate in (raw.get("reply_to"), author.removeprefix(UNCONFIRMED)):
        if isinstance(candidate, str) and (known := headers.addresses([candidate], 1)):
            return known[0][1]
    return ""


# Before the address of whoever claims to be somebody and is, by our server's word, not.
UNCONFIRMED = "unconfirmed:"
