"""What is asked for when a channel is connected, and where it is found on the server."""

from connectors.protocol import Field, Guide
from connectors.texts import marked as _

FIELDS = (
    Field(
        name="hashtags",
        label=_("Watched hashtags"),
        help=_("One a line. What your server sees of them comes in as well."),
        kind="lines",
        required=False,
        placeholder="yourbrand",
    ),
    Field(
        name="accounts",
        label=_("Watched accounts"),
        help=_("One a line, with its server. What they post publicly comes in as well."),
        kind="lines",
        required=False,
        placeholder="press@example.social",
    ),
    Field(
        name="access_token",
        label=_("Access token"),
        help=_("Only if you don't want to sign in: a token from the server's site (Preferences, Development)."),
        secret=True,
        required=False,
    ),
)
GUIDE = Guide(
    steps=(
        _("Enter the address of the server that your account is on, like https://mastodon.social."),
        _(
            "Press “Sign in”. Your server asks whether SocialCRM may use the account; allow it. Nothing has to be set"
            " up there before."
        ),
        _(
            "Or without signing in: on the server open Preferences, Development, New application. Enter a name and, as"
            " redirect URI, {callback}. Tick the permissions below and no others, submit, open the application, and"
            " copy “Your access token” into the form."
        ),
    ),
    permissions=(
        ("read:accounts", _("to know which account it is, and to find accounts that you watch")),
        ("read:notifications", _("to see mentions and private mentions")),
        ("read:statuses", _("to see the posts, and what they answer")),
        ("write:statuses", _("to reply")),
        ("write:media", _("to enclose pictures")),
    ),
    cost=_("Mastodon charges nothing."),
    page="mastodon.md",
    method=_("Sign in"),
)
