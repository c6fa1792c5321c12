"""What a Page and an account on Instagram have in common: how they are pulled, heard, and signed in to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from connectors.channels.meta import direct, files, hooks, signin, subscriptions
from connectors.channels.meta.graph import VENDOR, Graph
from connectors.channels.meta.lists import Threads, own_id
from connectors.channels.meta.pages import Pages, kept
from connectors.channels.meta.people import People
from connectors.channels.meta.reader import Reader, in_turn
from connectors.channels.meta.refusals import CONNECT_AGAIN
from connectors.channels.meta.replies import Own
from connectors.channels.meta.shapes import Json, identity, member, moment, text
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import (
    Account,
    Answer,
    Connector,
    ConnectorError,
    Contents,
    Grant,
    Hook,
    Malformed,
    Media,
    Page,
    Step,
)

# How far back a pull looks for messages, and for posts below which there could be some.
MESSAGES_BACK, POSTS_BACK, MOST_POSTS = timedelta(days=30), timedelta(days=90), 50


class MetaConnector(Connector):
    """One channel at Meta. `platform` is Meta's word for its conversations, `topic` for what its webhooks are about,
    `subscribed` are those that a Page is asked for."""

    default_base_url = VENDOR
    interval = 120
    delivery = "read-back"
    takes_webhooks = True
    signs_in = True
    reaches_back = True
    looks_again_after: ClassVar[Sequence[timedelta]] = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
    platform: ClassVar[str]
    topic: ClassVar[str]
    subscribed: ClassVar[Sequence[str]]
    topic_fields: ClassVar[Sequence[str]]
    profile_fields: ClassVar[str]

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.graph = Graph(account)
        self.people = People(self.graph, self.label, self.profile_fields)
        self._own: tuple[Own, str] | None = None

    # What each of the two says of itself

    def ask_own(self) -> tuple[Own, str, str]:
        """The account as Meta knows it: its ids and name, the id that webhooks name, and the handle. Raises
        ConnectorError where the token is not this channel's."""
        raise NotImplementedError

    def readings(self, reader: Reader, own_id: str) -> Sequence[Callable[[], Iterator[Page]]]:
        """The lists that are read, in their order."""
        raise NotImplementedError

    def prepare(self, told: Sequence[hooks.Told]) -> dict[str, Json]:
        """What is needed of posts to show what a delivery tells, by id. Without it, it is shown all the same."""
        return {}

    def changed(self, told: hooks.Told, prepared: Mapping[str, Json], own_id: str) -> Json | None:
        """The item for a change; None for what is no message. Raises Rejected, ConnectorError."""
        raise NotImplementedError

    def known_own(self) -> tuple[Own, str]:
        """The account and the id that webhooks name, from the settings where they hold it. Raises ConnectorError."""
        if self._own is None:
            own, own_id, _ = self.ask_own()
            self._own = own, own_id
        return self._own

    # Connecting

    def verify(self) -> str:
        """Ask who the token's account is."""
        return self.ask_own()[2]

    def permitted(self) -> None:
        """Whether the token has all permissions. Raises ConnectorError which names those that are missing."""
        granted = signin.inspected(self.account).get("scopes")
        missing = [one for one in self.scopes if isinstance(granted, list) and one not in granted]
        if missing:
            remedy = f"Grant {', '.join(missing)}: sign in again and leave all boxes ticked."
            raise ConnectorError(f"The token lacks {', '.join(missing)}.", remedy=remedy, permanent=True)

    def can_read_messages(self) -> None:
        """Whether conversations can be listed. Raises ConnectorError."""
        self.graph.ask("me/conversations", platform=self.platform, fields="id", limit="1")

    def steps(self) -> Sequence[Step]:
        """Token, permissions where the app is known, and one look at each list."""
        permissions = Step(label="The token has all permissions", run=self.permitted)
        return (
            Step(label="Meta knows the account and accepts the token", run=self.verify),
            *((permissions,) if signin.app_token(self.account) else ()),
            Step(label="Can read direct messages", run=self.can_read_messages),
        )

    def authorization(self, grant: Grant) -> str:
        """Facebook's dialog."""
        return signin.dialog(self.account, grant, self.scopes)

    def expires_at(self) -> datetime | None:
        """The end of the token, or of the leave to read people's data, which Meta gives for 90 days."""
        told = signin.inspected(self.account)
        if told.get("is_valid") is False:
            words = text(member(told, "error").get("message")) or "The token is no longer valid."
            raise ConnectorError(words[:500], remedy=CONNECT_AGAIN, permanent=True)
        return signin.ends_at(told)

    def subscribe(self, address: str) -> Mapping[str, str]:
        """Ask for the webhooks of the account; and, where the app is known, let it send them to `address`."""
        subscriptions.subscribe(self.account, self.graph, self.topic, self.topic_fields, self.subscribed, address)
        return {}

    def revoke(self) -> None:
        """Let Meta send nothing more; a person's token is given back as well."""
        subscriptions.revoke(self.account, self.graph)

    # Pulling

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Each list in turn; one that Meta does not open does not keep the others waiting."""
        yield from self._pages(cursor, None)

    def history(self, since: datetime, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """The posts since then with what stands below them, and conversations with what Meta still shows of them."""
        yield from self._pages(cursor, since)

    def _pages(self, cursor: Mapping[str, Any], since: datetime | None) -> Iterator[Page]:
        now, (own, own_id) = datetime.now(UTC), self.known_own()
        # What belongs to another account is of no use here.
        state = {**cursor} if cursor.get("of") == own_id else {"of": own_id}
        reader = Reader(
            graph=self.graph,
            pages=Pages(self.network, state, lambda item: _is_own(item, own), self.graph),
            floor=since or now - MESSAGES_BACK,
            oldest=since or now - POSTS_BACK,
            whole=since is not None,
        )
        lists = [*self.readings(reader, own_id), lambda: reader.threads(self._conversations(own))]
        yield from in_turn(lists)

    def _conversations(self, own: Own) -> Threads:
        def read(told: Json, thread: Json) -> list[Json]:
            if own.wrote(told):
                return []
            return [direct.message(told, self.people.author(member(told, "from"), own_id(told)))]

        inside = {"fields": direct.MESSAGE_FIELDS, "limit": str(direct.READABLE)}
        return Threads(
            name="direct",
            path="me/conversations",
            params={"platform": self.platform, "fields": "id,updated_time", "limit": "50"},
            sign=lambda thread: text(thread.get("updated_time")),
            begun=lambda thread: moment(thread.get("updated_time")),
            parts=lambda thread: (f"{own_id(thread)}/messages", inside),
            read=read,
            by_change=True,
            readable=direct.READABLE,
        )

    def media(self, url: str) -> Media | None:
        """A file of a message or post: at Meta its address changes every few days, so it is asked for anew."""
        return files.media(self.graph, url)

    # Webhooks

    def challenge(self, hook: Hook) -> Answer:
        """Meta's check that the address is ours."""
        return hooks.challenge(hook, self.account.credentials.get("verify_token") or "")

    def authenticate(self, hook: Hook) -> None:
        """Meta's signature over the raw body."""
        hooks.authenticate(hook, self.account.credentials.get("app_secret") or "")

    def read(self, payload: Any, received_at: datetime) -> Contents:
        """What others wrote; receipts, reactions and our own answers are no messages."""
        own, own_id = self.known_own()
        found = list(hooks.contents(payload, self.topic, own_id))
        prepared = self.prepare([one for one in found if isinstance(one, hooks.Told)])
        items: list[Incoming] = []
        malformed: list[Malformed] = []
        for one in found:
            if isinstance(one, Malformed):
                malformed.append(one)
                continue
            try:
                item = self._event(one, own) if one.field == "messaging" else self.changed(one, prepared, own_id)
                if item is not None and (item.get("action") == "delete" or not _is_own(item, own)):
                    items.append(parse(item, network=self.network))
            except Rejected as error:
                malformed.append(Malformed(payload=kept(one.value), reason=str(error), position=one.position))
        return Contents(items=items, malformed=malformed)

    def _event(self, told: hooks.Told, own: Own) -> Json | None:
        said = member(told.value, "message") or member(told.value, "message_edit")
        sender = member(told.value, "sender")
        if not said or said.get("is_echo") is True or identity(sender.get("id")) in own.ids:
            return None
        if identity(member(told.value, "recipient").get("id")) not in own.ids:
            raise Rejected("recipient", told.value.get("recipient"), "is not this channel's account.")
        if not identity(sender.get("id")):
            raise Rejected("sender", told.value.get("sender"), "must be an object with an id.")
        return direct.told(told.value, self.people.author(sender, identity(said.get("mid"))))


def _is_own(item: Json, own: Own) -> bool:
    """Whether the account itself wrote an item; it is in the timeline already."""
    author = member(item, "author")
    handle = text(author.get("handle"))
    return identity(author.get("external_id")) in own.ids or bool(own.username and handle == own.username)
