"""Blocks of people, domains and servers, and people who are never to be blocked. What they set aside is kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.models import Channel
from contacts.models import Identity
from contacts.refused import Refused
from inbox import events, noise, trusting
from inbox.acted import Done
from inbox.models import Conversation, Message
from inbox.triage import NotAllowed
from routing import blocks
from routing.models import Block
from routing.subject import domains, email_domain

if TYPE_CHECKING:
    from people.models import User

Kind = Block.Kind
LOOKED_AT = 20_000
"""Decisions that are looked at to say how much a block sets aside."""
_READ = 20
_PROVIDERS = Path(__file__).parent / "providers.txt"
_HOST = re.compile(r"(?=.{4,253}$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
# Under these anybody may have a name of their own: whoever blocks one blocks a country's companies.
_SUFFIX = re.compile(r"(?:com?|org|net|gov|edu|ac|gob|ne|or|go)\.[a-z]{2}")
_COUNT = """
    SELECT said ->> 'block', said ->> 'value', count(*) FROM (
        SELECT source, evidence FROM inbox_decision ORDER BY at DESC, message_id DESC LIMIT %s
    ) newest CROSS JOIN LATERAL jsonb_array_elements(evidence) AS said
    WHERE source = 'block' AND said ->> 'kind' = 'block' GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be blocked. `is_large`: thousands of others share it."""

    kind: str
    value: str
    label: str

    @property
    def key(self) -> str:
        """As a form sends it."""
        return f"{self.kind} {self.value}"

    @property
    def is_large(self) -> bool:
        """Whether so many people share it that nobody should block it by accident."""
        return self.kind != Kind.PERSON and _is_large(self.value)


def choices(conversation: Conversation, by: "User") -> list[Choice]:
    """What can be blocked because of a conversation: the person; for managers domains and the server. One statement."""
    identity = conversation.identity
    found = [_of_person(identity)]
    if not by.is_manager:
        return found
    said = Message.objects.filter(conversation=conversation, direction="in", deleted_at=None)
    texts = said.order_by("-posted_at", "-id").values_list("text", flat=True)[:_READ]
    linked = [domain for text in texts for domain in domains(text)]
    hosts = [email_domain(identity.email or (identity.external_id if identity.network == "email" else "")), *linked]
    found += [Choice(Kind.DOMAIN, host, host) for host in dict.fromkeys(hosts) if _HOST.fullmatch(host)]
    server = blocks.server_of(identity.handle)
    return [*found, Choice(Kind.SERVER, server, server)] if _HOST.fullmatch(server) else found


def of_host(kind: str, text: str) -> Choice:
    """A domain or server as somebody typed it, as an address or without. Raises Refused."""
    host = text.strip().casefold().partition("://")[2] or text.strip().casefold()
    host = re.split(r"[/?#:]", host)[0].rpartition("@")[2].removeprefix("www.").rstrip(".")
    if not _HOST.fullmatch(host):
        raise Refused(_("“%(text)s” is no domain. Write it like shop.example.") % {"text": text[:60]}, field="value")
    return Choice(kind, host, host)


@transaction.atomic
def block(
    choice: Choice, *, by: "User", reason: str, is_sure: bool = False, conversation: Conversation | None = None
) -> Block:
    """Set aside what comes from there from now on, and the conversation at hand. Raises Refused.

    Colleagues block persons, managers whole domains and servers; nobody blocks ourselves or somebody who is trusted.
    """
    _guard(choice, by, is_sure)
    try:
        with transaction.atomic():
            made = Block.objects.create(
                kind=choice.kind, value=choice.value, label=choice.label[:300], reason=reason.strip(), by=by,
                at=timezone.now(),
            )  # fmt: skip
    except IntegrityError:
        raise Refused(_("%(who)s is blocked already.") % {"who": choice.label}, field="value") from None
    if conversation is not None:
        noise.set_aside([conversation.pk], by=by, reason=reason)
        data = {"who": choice.label, "reason": reason.strip()}
        events.act(conversation, "blocked", by=by, at=timezone.now(), data=data)
    return made


def lift(pk: int, *, by: "User") -> bool:
    """What comes from there is read again. What was set aside stays there. Returns whether it still was in force."""
    standing = Block.objects.filter(pk=pk, lifted_at=None)
    return bool(standing.update(lifted_by=by, lifted_at=timezone.now()))


@transaction.atomic
def trust(conversations: Sequence[int], *, by: "User") -> Done:
    """Bring conversations back, and never block their authors again: not with their domain or server either. Both are
    taken back in one go.

    Raises NotAllowed where a manager's block is in force that only a manager may set aside.
    """
    back = noise.bring_back(conversations, by=by)
    authors = list(Identity.objects.filter(conversations__in=back.ids).distinct())
    if not by.is_manager:
        _guard_blocks(authors)
    given = {}
    for identity in authors:
        known = _of_person(identity)
        given[identity.pk] = trusting.trust(known.value, known.label, by=by)
    if back.deed is not None:
        trusting.keep(back.deed, given)
    return back


def forget(identities: Sequence[int]) -> None:
    """Keep no block of these accounts, lifted or not: their owner is erased."""
    known = Identity.objects.filter(pk__in=identities).values_list("network", "external_id")
    named = [blocks.person(network, external_id) for network, external_id in known]
    Block.objects.filter(kind__in=[Kind.PERSON, Kind.TRUSTED], value__in=named).delete()


def lately() -> dict[tuple[str, str], int]:
    """How many of the newest messages each block has set aside. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [LOOKED_AT])
        return {(kind, value): n for kind, value, n in cursor.fetchall()}


def _of_person(identity: Identity) -> Choice:
    handle = f"@{identity.handle.removeprefix('@')}" if identity.handle else identity.external_id
    label = f"{identity.name} ({handle})" if identity.name and identity.name != handle else handle
    return Choice(Kind.PERSON, blocks.person(identity.network, identity.external_id), label)


def _guard(choice: Choice, by: "User", is_sure: bool) -> None:
    if choice.kind == Kind.PERSON:
        _guard_person(choice)
        return
    if not by.is_manager:
        raise Refused(_("Only managers block a domain or a server. Block the person, or ask a manager."))
    if _SUFFIX.fullmatch(choice.value):
        said = {"value": choice.value}
        raise Refused(_("“%(value)s” stands for a whole country. Name one domain in it.") % said, field="value")
    if any(one == choice.value or one.endswith(f".{choice.value}") for one in _ours()):
        raise Refused(_("We are at %(value)s ourselves.") % {"value": choice.value}, field="value")
    if choice.is_large and not is_sure:
        said = {"value": choice.value}
        why = _("Very many people are at %(value)s. Block the person instead, or confirm that you mean all of them.")
        raise Refused(why % said, field="is_sure")


def _guard_person(choice: Choice) -> None:
    network, _colon, external_id = choice.value.partition(":")
    if Identity.objects.filter(network=network, external_id=external_id, contact__is_us=True).exists():
        raise Refused(_("This is one of our own accounts."))
    if Block.objects.filter(kind=Kind.TRUSTED, value=choice.value, lifted_at=None).exists():
        raise Refused(
            _("%(who)s is never to be blocked, a colleague has said. A manager can lift that.") % {"who": choice.label}
        )


def _guard_blocks(authors: Sequence[Identity]) -> None:
    """No colleague makes an exception of somebody from what a manager has blocked: the person, domain or server."""
    keys = {key for one in authors for key in blocks.author_keys(one.network, one.external_id, one.email, one.handle)}
    in_force = Block.objects.filter(value__in=[value for _kind, value in keys], lifted_at=None).exclude(
        kind=Kind.TRUSTED
    )
    for standing in in_force.select_related("by").order_by("pk"):
        if (standing.kind, standing.value) in keys and (standing.by is None or standing.by.is_manager):
            said = {"who": standing.label or standing.value}
            raise NotAllowed(_("A manager has blocked %(who)s. Ask a manager to lift that.") % said)


def _ours() -> set[str]:
    """The domains that we write from and are reached at."""
    accounts = Channel.objects.values_list("network", "account")
    hosts = {
        email_domain(account) if network == "email" else blocks.server_of(account) for network, account in accounts
    }
    return (hosts | {host.lstrip(".") for host in settings.ALLOWED_HOSTS}) - {"", "*"}


def _is_large(host: str) -> bool:
    return any(host == one or one.endswith(f".{host}") for one in _providers())


@lru_cache(maxsize=1)
def _providers() -> frozenset[str]:
    return frozenset(_PROVIDERS.read_text(encoding="utf-8").split())
