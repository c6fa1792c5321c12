"""A message as conditions see it: what several rules ask for is prepared once, when the first one asks."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from urllib.parse import urlsplit

from routing.intents import LIKELY
from routing.signals import Post, Signals
from routing.wording import LONGEST_TEXT, Wording

TONES = {-1: "negative", 0: "neutral", 1: "positive"}

Names = tuple[str, ...]

_HASHTAG = re.compile(r"[#＃](\w+)")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)


class Subject:
    """A message whose facts are read as conditions compare them. None stands for what nobody knows."""

    def __init__(self, signals: Signals) -> None:
        self.signals = signals
        self._names: dict[str, Names | None] = {}

    @cached_property
    def text(self) -> tuple[Wording, ...]:
        """What was written, with the title."""
        return (Wording(self.signals.text),)

    @cached_property
    def subject(self) -> tuple[Wording, ...] | None:
        """The title alone."""
        return None if self.signals.subject is None else (Wording(self.signals.subject),)

    @cached_property
    def author(self) -> tuple[Wording, ...] | None:
        """The author's handle and name, those that are known."""
        names = (self.signals.author_handle.removeprefix("@"), self.signals.author_name)
        return tuple(Wording(name) for name in names if name) or None

    @cached_property
    def post(self) -> tuple[Wording, ...] | None:
        """What the post says that this one answers; nothing where it answers none."""
        post = self.signals.post
        if post is None or (post.external_id and not post.text):
            return None
        return (Wording(post.text),) if post.text else ()

    @property
    def post_is_ours(self) -> bool | None:
        """Whether the company wrote the post; what answers none does not answer ours."""
        post = self.signals.post
        return None if post is None else False if post == Post() else post.is_ours

    def names(self, field: str) -> Names | None:
        """What a field of names holds, as it is shown; None where that is unknown."""
        if field not in self._names:
            self._names[field] = NAMES[field](self)
        return self._names[field]


def hashtags(text: str) -> Names:
    """The hashtags of a text without their mark, each once."""
    return tuple(dict.fromkeys(_HASHTAG.findall(text))) if "#" in text or "＃" in text else ()


def domains(text: str) -> Names:
    """The domains of the links in a text, in small letters, each once."""
    text = text[:LONGEST_TEXT]
    if "://" not in text and "www." not in text.casefold():
        return ()
    return tuple(dict.fromkeys(filter(None, map(_domain, _LINK.findall(text)))))


def _domain(link: str) -> str:
    try:
        host = urlsplit(link if "://" in link else f"http://{link}").hostname or ""
    except ValueError:
        return ""
    return host.encode(errors="replace").decode().removeprefix("www.").rstrip(".,;:!?)")


def email_domain(address: str) -> str:
    """The domain of an address, in small letters; empty without one."""
    return address.rpartition("@")[2].casefold().strip() if "@" in address else ""


def _known(value: str) -> Names | None:
    return (value,) if value else None


def _written(subject: Subject) -> str:
    return subject.text[0].text


def _language(subject: Subject) -> Names | None:
    senses = subject.signals.senses
    return _known((senses.language if senses else "") or subject.signals.language)


def _sentiment(subject: Subject) -> Names | None:
    senses = subject.signals.senses
    return None if senses is None else (TONES.get(senses.sentiment, "neutral"),)


def _intents(subject: Subject) -> Names | None:
    senses = subject.signals.senses
    return None if senses is None else tuple(name for name, share in senses.intents.items() if share >= LIKELY)


def _campaigns(subject: Subject) -> Names | None:
    post = subject.post
    return None if post is None else tuple(tag for one in post for tag in hashtags(one.text))


def _author(subject: Subject) -> Names | None:
    return None if subject.author is None else tuple(one.text for one in subject.author)


def _of(room: str, name: str) -> Callable[[Subject], Names | None]:
    def read(subject: Subject) -> Names | None:
        found = getattr(subject.signals, room)
        return None if found is None else tuple(sorted(getattr(found, name)))

    return read


NAMES: Mapping[str, Callable[[Subject], Names | None]] = {
    "hashtag": lambda subject: hashtags(_written(subject)),
    "link": lambda subject: domains(_written(subject)),
    "attachment": lambda subject: subject.signals.attachments,
    "network": lambda subject: _known(subject.signals.network),
    "channel": lambda subject: _known(subject.signals.channel),
    "kind": lambda subject: _known(subject.signals.kind),
    "language": _language,
    "sentiment": _sentiment,
    "intent": _intents,
    "product": _of("senses", "products"),
    "rival": _of("senses", "rivals"),
    "author": _author,
    "email_domain": lambda subject: _known(email_domain(subject.signals.author_email)),
    "role": _of("customer", "roles"),
    "past_role": _of("customer", "past_roles"),
    "tag": _of("customer", "tags"),
    "contact_owner": _of("customer", "owners"),
    "campaign": _campaigns,
    "department": lambda subject: (subject.signals.owner,) if subject.signals.owner else (),
}
"""How the values of fields of names are read."""
