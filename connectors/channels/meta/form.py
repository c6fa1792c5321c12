"""What the form asks for that connects a channel at Meta."""

from connectors.channels.meta.graph import VERSION
from connectors.protocol import Field
from connectors.texts import marked as _

FIELDS = (
    Field(
        name="app_id",
        label=_("App id"),
        help=_("Of your app at developers.facebook.com, in its settings under Basic. For signing in."),
        required=False,
        placeholder="1234567890123456",
    ),
    Field(
        name="app_secret",
        label=_("App secret"),
        help=_("Beside the app id. Meta signs its webhooks with it, and we sign our calls."),
        secret=True,
        required=False,
    ),
    Field(
        name="config_id",
        label=_("Configuration id"),
        help=_(
            "Of the configuration that you make under Facebook Login for Business; its dialog opens with no other. "
            "Leave it empty if the app has the older Facebook Login."
        ),
        required=False,
        placeholder="1234567890123456",
    ),
    Field(
        name="access_token",
        label=_("Page access token"),
        help=_("Leave it empty to sign in with Facebook. Or paste a Page token that does not run out."),
        secret=True,
        required=False,
    ),
    Field(
        name="verify_token",
        label=_("Verify token"),
        help=_("Meta asks for it when you enter the webhook's address there."),
        secret=True,
        required=False,
        generated=True,
        copied=True,
    ),
    Field(
        name="human_agent",
        label=_("Answer messages for 7 days"),
        help=_("Only if Meta has approved the feature “Human Agent” for your app. Otherwise it is 24 hours."),
        kind="flag",
        required=False,
    ),
    Field(
        name="version",
        label=_("Graph API version"),
        help=_("Meta ends each version after about two years."),
        required=False,
        default=VERSION,
        placeholder=VERSION,
    ),
)

COST = _("Meta charges nothing for the API. Accounts that are not your own need App Review and a verified business.")
SITE = "https://developers.facebook.com/apps/"
