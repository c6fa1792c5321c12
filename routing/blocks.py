"""Whose messages are set aside unread: by person, by the domain of an e-mail or a link, by the server of a handle."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from routing.decisions import Evidence
from routing.signals import Signals
from routing.subject import domains, email_domain

Key = tuple[str, str]
"""The kind of a block and its value, as the table keeps them."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks in force, as far as they concern a batch, each with what people read."""

    labels: dict[Key, str] = field(default_factory=dict)

    def of(self, signals: Signals) -> Evidence | None:
        """The block that sets a message aside, as evidence; None where nothing does."""
        if not self.labels or ("trust", person(signals.network, signals.author_id)) in self.labels:
            return None
        key = next((key for key in keys(signals) if key in self.labels and key[0] != "trust"), None)
        if key is None:
            return None
        return {"kind": "block", "block": key[0], "value": key[1], "name": self.labels[key] or key[1]}


def keys(signals: Signals) -> Iterator[Key]:
    """Every block that would concern a message. A block of a domain holds for all that is below it; who is trusted is
    asked for as well."""
    if signals.author_id:
        yield "trust", person(signals.network, signals.author_id)
    yield from author_keys(signals.network, signals.author_id, signals.author_email, signals.author_handle)
    for domain in domains(signals.text):
        yield from (("domain", each) for each in _above(domain))


def author_keys(network: str, external_id: str, email: str, handle: str) -> Iterator[Key]:
    """Every block that would concern an author, whatever they write."""
    if external_id:
        yield "person", person(network, external_id)
    yield from (("domain", each) for each in _above(email_domain(email)))
    if server := server_of(handle):
        yield from (("server", each) for each in _above(server))


def person(network: str, external_id: str) -> str:
    """How a block names a person's account."""
    return f"{network}:{external_id}"


def server_of(handle: str) -> str:
    """The server of a handle like “@ann@server.example”; empty where it names none."""
    name, mark, server = handle.removeprefix("@").rpartition("@")
    return server.casefold().strip() if mark and name else ""


def _above(domain: str) -> Iterator[str]:
    """A domain and those that it is part of, without the top level: shop.example.org, example.org."""
    parts = domain.split(".")
    return (".".join(parts[at:]) for at in range(len(parts) - 1)) if len(parts) > 1 else iter([domain] * bool(domain))
