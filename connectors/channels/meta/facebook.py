from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.channels.meta import pagehooks, pagewall, replies, signin, windows
from connectors.channels.meta.account import MOST_POSTS, MetaConnector
from connectors.channels.meta.again import again
from connectors.channels.meta.form import COST, FIELDS, SITE
from connectors.channels.meta.hooks import Told
from connectors.channels.meta.lists import Stream, Threads, own_id
from connectors.channels.meta.lookup import plain
from connectors.channels.meta.reader import Reader
from connectors.channels.meta.refusals import CONNECT_AGAIN, DEPRECATED, GONE, Refusal
from connectors.channels.meta.replies import Own
from connectors.channels.meta.shapes import Json, identity, member, moment, text
from connectors.incoming import Incoming
from connectors.protocol import Capability, ConnectorError, Field, Grant, Guide, Original, Outgoing, Page, Sent, Step
from connectors.texts import marked as _

_NOT_A_PAGE = "The token belongs to a person, not to a Page."
_PASTE_PAGES = "Sign in with Facebook, or paste the Page's own token, as GET /me/accounts shows it."


class Facebook(MetaConnector):
    """One Page: comments, visitors' posts, posts that name it, recommendations, and its messages on Messenger."""

    network = "facebook"
    label = "Facebook"
    fields = (
        Field(
            name="page_id",
            label=_("Page id"),
            help=_("The Page's number, in its settings under Page transparency. Needed where you manage several."),
            required=False,
            placeholder="102030405060708",
        ),
        *FIELDS,
    )
    guide = Guide(
        steps=(
            _(
                "At developers.facebook.com/apps create an app of the type “Business” and add the products “Facebook "
                "Login for Business”, “Messenger” and “Webhooks”."
            ),
            _("Under Facebook Login for Business, Settings, enter {callback} as a valid OAuth redirect address."),
            _(
                "Under Facebook Login for Business, Configurations, create one: a user access token, the assets Pages, "
                "and the permissions that are listed here. Copy its id into this form."
            ),
            _("Under Settings, Basic, copy the app's id and secret into this form."),
            _("Press “Sign in”, and leave all boxes ticked in Facebook's dialog. Choose one Page."),
            _(
                "Under Webhooks, choose “Page”, enter {webhook} and the verify token that is shown after saving, and "
                "subscribe to feed, mention, ratings, messages and message_edits. Meta does this by itself when the "
                "app's id and secret are given."
            ),
        ),
        permissions=(
            ("pages_show_list", _("to list the Pages that you manage")),
            ("pages_read_engagement", _("to read the Page's posts")),
            ("pages_read_user_content", _("to read what others write on the Page")),
            ("pages_manage_engagement", _("to answer comments")),
            ("pages_manage_metadata", _("to be told of news by webhooks")),
            ("pages_messaging", _("to read and answer messages")),
        ),
        cost=COST,
        site=SITE,
        page="facebook.md",
        method=_("Sign in"),
    )
    scopes = (
        "pages_show_list",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_manage_engagement",
        "pages_manage_metadata",
        "pages_messaging",
    )
    platform = "messenger"
    topic = "page"
    subscribed = ("feed", "mention", "ratings", "messages", "message_edits")
    topic_fields = subscribed
    profile_fields = "name,profile_pic"

    def ask_own(self) -> tuple[Own, str, str]:
        """The Page that the token is for."""
        try:
            me = self.graph.ask("me", fields="id,name,username,category").body
        except Refusal as error:
            if error.code != GONE:
                raise
            raise ConnectorError(_NOT_A_PAGE, remedy=_PASTE_PAGES, permanent=True) from None
        page_id, name = identity(me.get("id")), text(me.get("username")) or text(me.get("name"))
        wanted = self._page_id()
        if not page_id:
            raise ConnectorError("Meta does not say which Page this is.", remedy=CONNECT_AGAIN)
        if wanted not in ("", page_id):
            message = f"The token belongs to the Page {name} ({page_id}), the channel to {wanted}."
            raise ConnectorError(message, remedy=CONNECT_AGAIN, permanent=True)
        return Own(frozenset({page_id})), page_id, f"@{name}" if me.get("username") else name

    def known_own(self) -> tuple[Own, str]:
        """From the settings, where they name the Page."""
        page_id = self._page_id()
        return (Own(frozenset({page_id})), page_id) if page_id else super().known_own()

    def steps(self) -> Sequence[Step]:
        """As for all of Meta's, and a look at the Page's posts."""
        return (*super().steps(), Step(label="Can read posts and comments", run=self._can_read_posts))

    def redeem(self, code: str, grant: Grant) -> Mapping[str, str]:
        """The Page's own token."""
        found = signin.pages(self.account, code, grant)
        names = [(identity(page.get("id")), text(page.get("name"))) for page in found]
        return signin.chosen(found, self._page_id(), names, "Page", "Page id")

    def subscribe(self, address: str) -> Mapping[str, str]:
        """As for all of Meta's; the Page's id is kept, by which webhooks name it."""
        super().subscribe(address)
        return {"page_id": self.known_own()[1]}

    def readings(self, reader: Reader, own_id: str) -> Sequence[Callable[[], Iterator[Page]]]:
        """Posts with their comments, posts elsewhere that name the Page, recommendations."""
        tagged = Stream(
            name="tagged",
            path=f"{own_id}/tagged",
            params={"fields": pagewall.POST_FIELDS, "limit": "25"},
            read=lambda told: [pagewall.post(told, "tagged")],
        )
        return (
            lambda: reader.threads(_posts(own_id)),
            lambda: reader.stream(tagged),
            lambda: self._ratings(reader, own_id),
        )

    def _ratings(self, reader: Reader, page_id: str) -> Iterator[Page]:
        """Recommendations, which Meta serves up to version 21; later ones say so, and are asked again next day."""
        asked: Json = reader.pages.state
        if asked.get("no_ratings") == f"{datetime.now(UTC):%Y-%m-%d}":
            return
        ratings = Stream(
            name="ratings",
            path=f"{page_id}/ratings",
            params={"fields": pagewall.RATING_FIELDS, "limit": "25"},
            read=lambda told: [pagewall.rating(told, page_id)],
        )
        try:
            yield from reader.stream(ratings)
        except Refusal as error:
            if error.code != DEPRECATED:
                raise
            asked["no_ratings"] = f"{datetime.now(UTC):%Y-%m-%d}"
            yield reader.pages.empty()

    # Webhooks

    def prepare(self, told: Sequence[Told]) -> dict[str, Json]:
        """The posts and comments that were answered."""
        return pagehooks.answered(self.graph, told)

    def changed(self, told: Told, prepared: Mapping[str, Json], own_id: str) -> Json | None:
        """A comment, a visitor's post, a mention, a recommendation: new, changed or gone."""
        return pagehooks.item(told, prepared, own_id, self.graph)

    def look_again(self, known: Sequence[Original]) -> Sequence[Incoming]:
        """Comments and posts that changed or went; messages are told of by webhooks."""

        def comment(told: Json, original: Original) -> Json:
            return pagewall.comment(told, {"id": original.thread_id})

        def post(told: Json, original: Original) -> Json:
            return pagewall.post(told, "tagged" if original.kind == "mention" else "post")

        is_comment = [one for one in known if one.raw.get("surface") == "comment"]
        is_post = [one for one in known if one.raw.get("surface") in ("post", "tagged")]
        return [
            *again(self.graph, self.network, is_comment, pagewall.COMMENT_FIELDS, "message", comment),
            *again(self.graph, self.network, is_post, pagewall.POST_FIELDS, "message", post),
        ]

    # Answering

    def capability(self, original: Original) -> Capability:
        """Comments at any time, messages within Meta's window, recommendations not."""
        if not self.account.credentials.get("access_token"):
            return Capability(can_reply=False, reason=windows.NO_TOKEN)
        return windows.on_facebook(original, human_agent=self._is_human_agent())

    def reply(self, outgoing: Outgoing) -> Sent:
        """A message to a message, a comment below everything else."""
        if outgoing.original.kind == "direct":
            return Sent(external_id=replies.message(self.graph, outgoing, human_agent=self._is_human_agent()))
        path = f"{plain(outgoing.original.external_id)}/comments"
        return _sent(replies.comment(self.graph, path, outgoing))

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Reads back what stands below the original; see connectors/channels/meta/replies.py."""
        own, _ = self._own_or_unknown()
        if outgoing.original.kind == "direct":
            return replies.find_message(self.graph, self.platform, outgoing, own)
        above = identity(member(outgoing.original.raw, "data", "parent").get("id"))
        places = [outgoing.original.external_id, *([above] if above else [])]
        params = {
            "fields": "id,message,from{id},created_time",
            "order": "reverse_chronological",
            "filter": "stream",
            "limit": "100",
        }
        found = replies.find_comment(self.graph, [f"{plain(one)}/comments" for one in places], params, outgoing, own)
        return _sent(found.external_id) if found else None

    def _own_or_unknown(self) -> tuple[Own, str]:
        try:
            return self.known_own()
        except ConnectorError as error:
            error.unknown = True
            raise

    def _can_read_posts(self) -> Any:
        return self.graph.ask("me/feed", fields="id", limit="1")

    def _is_human_agent(self) -> bool:
        return self.account.settings.get("human_agent") == "1"

    def _page_id(self) -> str:
        return str(self.account.settings.get("page_id") or "").strip()


def _posts(page_id: str) -> Threads:
    """The Page's posts, and what others posted on it, with their comments."""

    def count(post: Json) -> object:
        return member(post, "comments", "summary").get("total_count")

    return Threads(
        name="posts",
        path=f"{page_id}/feed",
        params={"fields": pagewall.LIST_FIELDS, "limit": str(MOST_POSTS)},
        sign=lambda post: f"{count(post)} {text(post.get('updated_time'))}",
        begun=lambda post: moment(post.get("created_time")),
        parts=lambda post: (
            f"{own_id(post)}/comments",
            {
                "fields": pagewall.COMMENT_FIELDS,
                "filter": "stream",
                "order": "reverse_chronological",
                "limit": "100",
            },
        ),
        read=lambda told, post: [pagewall.comment(told, post)],
        itself=lambda post: [pagewall.post(post)],
        empty=lambda post: count(post) == 0,
        most=MOST_POSTS,
    )


def _sent(comment_id: str) -> Sent:
    return Sent(external_id=comment_id, url=f"https://www.facebook.com/{comment_id}")
