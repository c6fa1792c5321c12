from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors.channels.meta import gramwall, replies, signin, subscriptions, windows
from connectors.channels.meta.account import MOST_POSTS, MetaConnector
from connectors.channels.meta.again import again
from connectors.channels.meta.courtesy import recall
from connectors.channels.meta.form import COST, FIELDS, SITE
from connectors.channels.meta.hooks import Told
from connectors.channels.meta.lists import Stream, Threads, own_id
from connectors.channels.meta.lookup import plain
from connectors.channels.meta.reader import Reader
from connectors.channels.meta.refusals import CONNECT_AGAIN, GONE, Refusal
from connectors.channels.meta.replies import Own
from connectors.channels.meta.shapes import Json, identity, member, moment, text
from connectors.incoming import Incoming, Rejected
from connectors.protocol import Capability, ConnectorError, Field, Grant, Guide, Original, Outgoing, Page, Sent, Step
from connectors.texts import marked as _

_NO_ACCOUNT = "No professional account on Instagram is connected to the Page {name}."
_CONNECT_IT = "Connect them in the Page's settings under Linked accounts, and sign in again."
_ME = "id,name,instagram_business_account{id,username}"


class Instagram(MetaConnector):
    """One professional account that belongs to a Page: comments, mentions, messages."""

    network = "instagram"
    label = "Instagram"
    fields = (
        Field(
            name="ig_id",
            label=_("Instagram account id"),
            help=_("The account's number at Meta. Needed where you manage several; signing in lists them."),
            required=False,
            placeholder="17841400000000000",
        ),
        *FIELDS,
    )
    guide = Guide(
        steps=(
            _("Make the account a professional one in the Instagram app, and connect it to your Facebook Page."),
            _(
                "At developers.facebook.com/apps create an app of the type “Business” and add the products “Facebook "
                "Login for Business”, “Instagram” and “Webhooks”."
            ),
            _("Under Facebook Login for Business, Settings, enter {callback} as a valid OAuth redirect address."),
            _(
                "Under Facebook Login for Business, Configurations, create one: a user access token, the assets Pages "
                "and Instagram accounts, and the permissions that are listed here. Copy its id into this form."
            ),
            _("Under Settings, Basic, copy the app's id and secret into this form."),
            _("In the Instagram app allow access to messages: Settings, Messages, Connected tools."),
            _("Press “Sign in”, and leave all boxes ticked in Facebook's dialog. Choose one account."),
            _(
                "Under Webhooks, choose “Instagram”, enter {webhook} and the verify token that is shown after saving, "
                "and subscribe to comments, live_comments, mentions and messages. Meta does this by itself when the "
                "app's id and secret are given."
            ),
        ),
        permissions=(
            ("pages_show_list", _("to list the Pages that you manage")),
            ("pages_read_engagement", _("to find the account that belongs to the Page")),
            ("pages_manage_metadata", _("to be told of news by webhooks")),
            ("instagram_basic", _("to read the account and its media")),
            ("instagram_manage_comments", _("to read and answer comments and mentions")),
            ("instagram_manage_messages", _("to read and answer messages")),
        ),
        cost=COST,
        site=SITE,
        page="instagram.md",
        method=_("Sign in"),
    )
    scopes = (
        "pages_show_list",
        "pages_read_engagement",
        "pages_manage_metadata",
        "instagram_basic",
        "instagram_manage_comments",
        "instagram_manage_messages",
    )
    platform = "instagram"
    topic = "instagram"
    # Any field of the Page lets Meta send what happens on Instagram.
    subscribed = ("feed",)
    topic_fields = ("comments", "live_comments", "mentions", "messages")
    counts = "bytes"
    profile_fields = "name,username,profile_pic,follower_count,is_verified_user"

    def ask_own(self) -> tuple[Own, str, str]:
        """The account that belongs to the Page of the token."""
        try:
            me = self.graph.ask("me", fields=_ME).body
        except Refusal as error:
            if error.code != GONE:
                raise
            message = "The token belongs to a person, not to a Page."
            raise ConnectorError(message, remedy=CONNECT_AGAIN, permanent=True) from None
        account = member(me, "instagram_business_account")
        ig_id, username = identity(account.get("id")), text(account.get("username"))
        if not ig_id:
            message = _NO_ACCOUNT.format(name=text(me.get("name")) or identity(me.get("id")))
            raise ConnectorError(message, remedy=_CONNECT_IT, permanent=True)
        if self._ig_id() not in ("", ig_id):
            message = f"The token belongs to @{username} ({ig_id}), the channel to {self._ig_id()}."
            raise ConnectorError(message, remedy=CONNECT_AGAIN, permanent=True)
        ids = frozenset(one for one in (ig_id, identity(me.get("id"))) if one)
        return Own(ids, username), ig_id, f"@{username}"

    def known_own(self) -> tuple[Own, str]:
        """From the settings and the handle, where they are known."""
        ig_id, username = self._ig_id(), self.account.handle.lstrip("@")
        return (Own(frozenset({ig_id}), username), ig_id) if ig_id and username else super().known_own()

    def steps(self) -> Sequence[Step]:
        """As for all of Meta's, and a look at the account's media."""
        return (*super().steps(), Step(label="Can read media and comments", run=self._can_read_media))

    def redeem(self, code: str, grant: Grant) -> Mapping[str, str]:
        """The token of the Page that the account belongs to."""
        found = signin.pages(self.account, code, grant)
        accounts = [member(page, "instagram_business_account") for page in found]
        names = [(identity(one.get("id")), f"@{text(one.get('username'))}") for one in accounts]
        return signin.chosen(found, self._ig_id(), names, "account on Instagram", "Instagram account id")

    def subscribe(self, address: str) -> Mapping[str, str]:
        """As for all of Meta's; the account's id is kept, by which webhooks name it."""
        super().subscribe(address)
        return {"ig_id": self.known_own()[1]}

    def revoke(self) -> None:
        """Let Meta send nothing more of Instagram; what the Page tells otherwise goes on."""
        subscriptions.revoke(self.account, self.graph, only=self.topic)

    def readings(self, reader: Reader, own_id: str) -> Sequence[Callable[[], Iterator[Page]]]:
        """Media with their comments, and media of others that tag the account."""
        tags = Stream(
            name="tags",
            path=f"{own_id}/tags",
            params={"fields": gramwall.TAG_FIELDS, "limit": "25"},
            read=lambda told: [gramwall.tagged(told)],
        )
        return (lambda: reader.threads(_media(own_id)), lambda: reader.stream(tags))

    # Webhooks

    def prepare(self, told: Sequence[Told]) -> dict[str, Json]:
        """The media that were commented on. Meta need not be reachable: the comments themselves are here."""
        media = {
            identity(member(one.value, "media").get("id")): None
            for one in told
            if one.field in ("comments", "live_comments")
        }
        return recall(self.graph, list(media)[:100], "id,caption,permalink,username")

    def changed(self, told: Told, prepared: Mapping[str, Json], own_id: str) -> Json | None:
        """A comment or a mention; Meta tells neither of changes nor of deletions."""
        value = told.value
        if told.field in ("comments", "live_comments"):
            media = prepared.get(identity(member(value, "media").get("id")), {})
            return gramwall.told_comment(value, told.at, media, live=told.field == "live_comments")
        return self._mention(value, own_id) if told.field == "mentions" else None

    def _mention(self, value: Json, own_id: str) -> Json:
        """What names the account under or in others' media; webhooks tell only where."""
        comment_id, media_id = identity(value.get("comment_id")), identity(value.get("media_id"))
        name, found_id = ("comment", comment_id) if comment_id else ("media", media_id)
        inside = gramwall.MENTION_FIELDS if comment_id else gramwall.CAPTION_FIELDS
        try:
            fields = f"mentioned_{name}.{name}_id({plain(found_id)}){{{inside}}}"
            told = member(self.graph.ask(own_id, fields=fields).body, f"mentioned_{name}")
        except Refusal as error:
            if not error.permanent or error.is_dead:
                raise
            raise Rejected("mentions", found_id, f"cannot be read: {error.message}") from None
        if not comment_id:
            return gramwall.tagged(told, "caption")
        item = gramwall.mention(told)
        return item if item["thread_id"] else item | {"thread_id": media_id}

    def look_again(self, known: Sequence[Original]) -> Sequence[Incoming]:
        """Comments that went; on Instagram nobody can change one."""

        def comment(told: Json, original: Original) -> Json:
            return gramwall.comment(told, {"id": original.thread_id})

        comments = [one for one in known if one.raw.get("surface") == "comment"]
        fields = "id,text,timestamp,username"
        return list(again(self.graph, self.network, comments, fields, "text", comment))

    # Answering

    def capability(self, original: Original) -> Capability:
        """Comments and mentions at any time, messages within Meta's window."""
        if not self.account.credentials.get("access_token"):
            return Capability(can_reply=False, reason=windows.NO_TOKEN)
        return windows.on_instagram(original, human_agent=self._is_human_agent())

    def text_length(self, text: str) -> int:
        """In bytes, as Instagram counts messages; of comments that is never less than it counts."""
        return len(text.encode("utf-8", "replace"))

    def reply(self, outgoing: Outgoing) -> Sent:
        """A message to a message; below a comment; to a mention by the route that Instagram has for it."""
        original = outgoing.original
        if original.kind == "direct":
            return Sent(external_id=replies.message(self.graph, outgoing, human_agent=self._is_human_agent()))
        if original.kind == "mention":
            media_id = {"media_id": plain(original.thread_id)}
            is_caption = original.raw.get("surface") == "caption"
            where = media_id if is_caption else media_id | {"comment_id": plain(original.external_id)}
            path = f"{plain(self._known_id())}/mentions"
            return Sent(external_id=replies.comment(self.graph, path, outgoing, **where))
        return Sent(external_id=replies.comment(self.graph, f"{_top(original)}/replies", outgoing))

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Reads back what stands below the original; see connectors/channels/meta/replies.py."""
        try:
            own, _ = self.known_own()
        except ConnectorError as error:
            error.unknown = True
            raise
        if outgoing.original.kind == "direct":
            return replies.find_message(self.graph, self.platform, outgoing, own)
        if outgoing.original.kind == "mention":
            message = "Instagram does not show what stands below others' posts."
            raise ConnectorError(message, remedy="Look for the answer on Instagram.", unknown=True)
        params = {"fields": "id,text,timestamp,username,from{id,username}", "limit": "50"}
        return replies.find_comment(self.graph, [f"{_top(outgoing.original)}/replies"], params, outgoing, own)

    def _known_id(self) -> str:
        return self.known_own()[1]

    def _can_read_media(self) -> Any:
        return self.graph.ask(f"{plain(self._known_id())}/media", fields="id", limit="1")

    def _is_human_agent(self) -> bool:
        return self.account.settings.get("human_agent") == "1"

    def _ig_id(self) -> str:
        return str(self.account.settings.get("ig_id") or "").strip()


def _top(original: Original) -> str:
    """The comment below which Instagram puts an answer: answers to answers stand beside them."""
    above = identity(member(original.raw, "data").get("parent_id"))
    return plain(above or original.external_id)


def _media(ig_id: str) -> Threads:
    """The account's media with their comments, whose answers come inside of them."""
    return Threads(
        name="media",
        path=f"{ig_id}/media",
        params={"fields": gramwall.MEDIA_FIELDS, "limit": str(MOST_POSTS)},
        sign=lambda media: str(media.get("comments_count")),
        begun=lambda media: moment(media.get("timestamp")),
        parts=lambda media: (f"{own_id(media)}/comments", {"fields": gramwall.COMMENT_FIELDS, "limit": "50"}),
        read=gramwall.comments,
        empty=lambda media: media.get("comments_count") == 0,
        # New answers can stand below old comments.
        newest_first=False,
        most=MOST_POSTS,
    )
