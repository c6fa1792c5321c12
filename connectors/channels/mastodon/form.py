"""What is asked for when a channel is connected, and where it is found on the server."""

from connectors.protocol import Field, Guide

FIELDS = (
    Field(
        name="hashtags",
        label="Watched hashtags",
        help="One a line. What your server sees of them comes in as well.",
        kind="lines",
        required=False,
        placeholder="yourbrand",
    ),
    Field(
        name="accounts",
        label="Watched accounts",
        help="One a line, with its server. What they post publicly comes in as well.",
        kind="lines",
        required=False,
        placeholder="press@example.social",
    ),
    Field(
        name="access_token",
        label="Access token",
        help="Only if you don't want to sign in: a token from the server's site (Preferences, Development).",
        secret=True,
        required=False,
    ),
)
GUIDE = Guide(
    steps=(
        "Enter the address of the server that your account is on, like https://mastodon.social.",
        "Press “Sign in”. Your server asks whether SocialCRM may use the account; allow it. Nothing has to be set"
        " up there before.",
        "Or without signing in: on the server open Preferences, Development, New application. Enter a name and, as"
        " redirect URI, {callback}. Tick the permissions below and no others, submit, open the application, and"
        " copy “Your access token” into the form.",
    ),
    permissions=(
        ("read:accounts", "to know which account it is, and to find accounts that you watch"),
        ("read:notifications", "to see mentions and private mentions"),
        ("read:statuses", "to see the posts, and what they answer"),
        ("write:statuses", "to reply"),
        ("write:media", "to enclose pictures"),
    ),
    cost="Mastodon charges nothing.",
    page="mastodon.md",
    method="Sign in",
)
