"""See connectors/channels/generic/__init__.py."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors import mapping, signatures
from connectors.channels.generic.outlet import Outlet
from connectors.fields import network_name
from connectors.incoming import Incoming, Rejected
from connectors.parse import decode, parse
from connectors.protocol import (
    Account,
    Capability,
    Connector,
    ConnectorError,
    Contents,
    Field,
    Guide,
    Hook,
    Malformed,
    Original,
    Outgoing,
    Page,
    Sent,
    Step,
)
from connectors.texts import marked as _

NO_REPLIES = (
    "This webhook has no address for replies. Add one in the channel's settings, or answer where the message came from."
)
TOO_SHORT = "Give the channel a signing secret of at least 16 characters."
_SHORTEST = 16
_MOST = 1000  # messages of one delivery


class Generic(Connector):
    """Takes what is posted to it. There is nothing to pull."""

    network = "webhook"
    label = "Webhook"
    interval = 0
    takes_webhooks = True
    delivery = "key"
    fields = (
        Field(
            name="secret",
            label=_("Signing secret"),
            help=_("Signs what the other system sends and what we send to it. Leave it empty and we make one."),
            secret=True,
            generated=True,
            copied=True,
        ),
        Field(
            name="system",
            label=_("Short name of the other system"),
            help=_(
                "Small letters and digits. Channels with the same name here share their people: the same id of an "
                "author is the same person. Without one, this channel keeps its people to itself. Choose it before"
                " messages come."
            ),
            placeholder="helpdesk",
            required=False,
        ),
        Field(
            name="reply_url",
            label=_("Address for replies"),
            help=_("Replies are posted there. Without one, messages cannot be answered here."),
            placeholder="https://example.com/replies",
            required=False,
        ),
        Field(
            name="mapping",
            label=_("Mapping"),
            help=_("Where the fields of a message stand in what is sent. Not needed for messages as documented."),
            kind="lines",
            required=False,
        ),
    )
    guide = Guide(
        steps=(
            _("Save this form. The signing secret is shown once: copy it."),
            _("Let the other system post JSON to {webhook}, signed with that secret."),
            _(
                "If it sends JSON of its own, let it send one message. It is kept, and the channel's page shows where"
                " to choose the field for each value."
            ),
        ),
        cost=_("It costs nothing."),
        page="webhook.md",
        method=_("Signing secret"),
    )

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._reply_url = str(account.settings.get("reply_url") or "").strip()
        self._outlet = Outlet(self._reply_url, account.credentials.get("secret", ""))

    @property
    def home(self) -> str:
        """The other system, by its short name; without one this channel alone. Ids as short as 1 are common, and must
        not make one person of two."""
        named = network_name(self.account.settings.get("system"))
        return named or (self.network if self.account.number is None else f"{self.network}-{self.account.number}")

    def verify(self) -> str:
        """Checks what is set; a signed test goes to the address for replies, if there is one."""
        for step in self.steps():
            step.run()
        return urlsplit(self._reply_url).hostname or ""

    def steps(self) -> Sequence[Step]:
        """Secret, short name, mapping, address for replies: as far as they are set."""
        steps = [Step(label="Has a signing secret", run=self._check_secret)]
        if self.account.settings.get("system"):
            steps.append(Step(label="Understands the short name", run=self._check_system))
        if self.account.settings.get("mapping"):
            steps.append(Step(label="Understands the mapping", run=self._check_mapping))
        if self._reply_url:
            steps.append(Step(label="Reached the address for replies", run=self._outlet.test))
        return steps

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """There is nothing to fetch: no page."""
        return iter(())

    def authenticate(self, hook: Hook) -> None:
        """Either signature of docs/webhook.md."""
        signatures.check(self._secret, hook)

    def unpack(self, body: bytes) -> Any:
        """JSON, or a JSON object on each line."""
        try:
            return decode(body, name="body")
        except Rejected:
            lines = [line for line in body.splitlines() if line.strip()]
            if not 1 < len(lines) <= _MOST:
                raise
            first = _line(lines[0])
            if not isinstance(first, dict) or first.keys() == {"unparsed"}:
                raise
            return [first, *map(_line, lines[1:])]

    def read(self, payload: Any, received_at: datetime) -> Contents:
        """Messages as docs/import.md has them, or what the mapping makes of the delivery."""
        drawn = str(self.account.settings.get("mapping") or "").strip()
        rules = mapping.load(drawn) if drawn else {}
        sources = mapping.items(rules, payload)
        found = mapping.apply(rules, payload, received_at) if rules else sources
        items: list[Incoming] = []
        malformed: list[Malformed] = []
        first: Rejected | None = None
        for number, (source, one) in enumerate(zip(sources, found, strict=True), start=1):
            try:
                items.append(self._item(one, received_at))
            except Rejected as error:
                malformed.append(
                    Malformed(payload=mapping.alone(rules, source), reason=str(error), position=str(number))
                )
                first = first or error
        if first is not None and not items:
            # All of it stays together: it may be the sample for a mapping that is still to be drawn.
            raise first
        return Contents(items=items, malformed=malformed)

    def _item(self, one: object, received_at: datetime) -> Incoming:
        if isinstance(one, Rejected):
            raise one
        if isinstance(one, dict) and one.keys() == {"unparsed"}:
            raise Rejected("line", one["unparsed"], "is not JSON; write one object a line.")
        return parse(one, network=self.home, now=received_at)

    def reply(self, outgoing: Outgoing) -> Sent:
        """Posts it, with a key by which the other system knows it when it comes again."""
        if not self._reply_url:
            raise ConnectorError("This webhook has no address for replies.", remedy=NO_REPLIES, permanent=True)
        self._check_secret()
        return self._outlet.send(outgoing)

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Posts it again under the same key: whoever has it already answers as before, and nobody reads it twice."""
        try:
            return self.reply(outgoing)
        except ConnectorError as error:
            error.unknown = True
            raise

    def capability(self, original: Original) -> Capability:
        """Yes, where there is an address for replies."""
        if not self._reply_url:
            return Capability(can_reply=False, reason=NO_REPLIES)
        return Capability(can_reply=True, public=original.kind not in ("direct", "email"))

    @property
    def _secret(self) -> str:
        return self.account.credentials.get("secret", "")

    def _check_secret(self) -> None:
        if len(self._secret) < _SHORTEST:
            raise ConnectorError("The signing secret is missing or too short.", remedy=TOO_SHORT, permanent=True)

    def _check_system(self) -> None:
        if network_name(name := self.account.settings.get("system")) is None:
            remedy = "Write at most 30 small letters, digits, - and _, like helpdesk."
            raise ConnectorError(f"“{str(name)[:40]}” is no short name.", remedy=remedy, permanent=True)

    def _check_mapping(self) -> None:
        try:
            mapping.load(str(self.account.settings.get("mapping")))
        except Rejected as error:
            raise ConnectorError(str(error), remedy="Correct the mapping.", permanent=True) from error


def _line(line: bytes) -> Any:
    try:
        return decode(line)
    except Rejected:
        return {"unparsed": line.decode(errors="replace")}
