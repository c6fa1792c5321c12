"""What the form for a channel on X asks, and how its values are found on X's site."""

from connectors.channels.x.budget import CAP
from connectors.protocol import Field, Guide
from connectors.texts import marked as _

FIELDS = (
    Field(
        name="username",
        label=_("User name"),
        help=_("The company's account on X, without @. Leave it out if you sign in or give a user id."),
        required=False,
        placeholder="yourbrand",
    ),
    Field(name="user_id", label=_("User id"), help=_("Instead of the user name: X's number."), required=False),
    Field(
        name="query",
        label=_("Watch-word"),
        help=_("A search as X writes it, at most 512 characters; what it finds comes in, too."),
        required=False,
        placeholder='"your brand" -is:retweet',
    ),
    Field(
        name="direct",
        label=_("Direct messages"),
        help=_("Bring in direct messages and answer them. Encrypted chats cannot be read."),
        required=False,
        kind="flag",
    ),
    Field(
        name="cap_posts",
        label=_("Most posts read in a month"),
        help=_("Pulling stops there until the next month. X's own limit is three million."),
        required=False,
        kind="number",
        default=str(CAP),
    ),
    Field(name="bearer_token", label=_("Bearer token"), help=_("For reading, and to receive webhooks."), secret=True),
    Field(
        name="api_key",
        label=_("API key"),
        help=_("With the next three: for replying without signing in."),
        secret=True,
        required=False,
    ),
    Field(
        name="api_secret",
        label=_("API key secret"),
        help=_("It also proves that webhooks come from X."),
        secret=True,
        required=False,
    ),
    Field(name="access_token", label=_("Access token"), secret=True, required=False),
    Field(name="access_token_secret", label=_("Access token secret"), secret=True, required=False),
    Field(
        name="client_id",
        label=_("Client ID"),
        help=_("For replying by signing in (OAuth 2), instead of the four keys above."),
        required=False,
    ),
    Field(
        name="client_secret",
        label=_("Client secret"),
        help=_("Of the same app. It also proves that webhooks come from X."),
        secret=True,
        required=False,
    ),
    Field(
        name="spelling",
        label=_("Spelling of fields"),
        help=_("Leave it as it is, unless X says that it does not know tweet.fields."),
        required=False,
        kind="choice",
        choices=(("tweet", "tweet.fields"), ("post", "post.fields")),
        default="tweet",
    ),
)

GUIDE = Guide(
    steps=(
        _("Open X's developer console with the company's account, and make a project with an app."),
        _(
            "Under “User authentication settings” choose “Read and write”, or “Read and write and Direct message”, "
            "and “Web App”. Write {callback} as the callback address."
        ),
        _("Under “Keys and tokens” copy the bearer token."),
        _(
            "To reply, either copy client ID and client secret and sign in afterwards, or copy API key, API key "
            "secret, access token and access token secret. Make the access token after the permission was chosen."
        ),
        _("Buy credits under “Billing”: without them X answers nothing."),
        _(
            "For webhooks there is nothing to enter on X: the product registers {webhook} itself. That address has to "
            "be https, without a port."
        ),
    ),
    permissions=(
        ("tweet.read, users.read", _("to read mentions and profiles")),
        ("tweet.write, media.write", _("to reply, with pictures")),
        ("dm.read, dm.write", _("to read and answer direct messages; only asked for if they are switched on")),
        ("offline.access", _("to stay signed in: a token of X lives for two hours")),
    ),
    cost=_(
        "X charges by use: $0.001 for an own mention, $0.005 for another post, $0.010 for a direct message and for a "
        "reply, $0.20 for a reply with a link."
    ),
    site="https://console.x.com",
    page="x.md",
    method=_("Keys, or sign in"),
)
