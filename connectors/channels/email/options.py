"""What is asked for when a mailbox is connected, and what follows from the answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors.channels.email.headers import addresses
from connectors.protocol import Account, Field, Guide
from connectors.texts import marked as _

Kind = Literal["password", "google", "microsoft"]

_SECURITY = (("tls", "TLS"), ("starttls", "STARTTLS"), ("plain", _("None (a server of your own only)")))
_IMAP_PORTS = {"tls": 993, "starttls": 143, "plain": 143}
_SMTP_PORTS = {"tls": 465, "starttls": 587, "plain": 25}
_HOSTS = {
    "google": ("imap.gmail.com", "smtp.gmail.com"),
    "microsoft": ("outlook.office365.com", "smtp.office365.com"),
}
# Whose word on SPF, DKIM and DMARC counts; Microsoft's servers do not give their name.
_JUDGES = {"google": "mx.google.com", "microsoft": "*"}

FIELDS = (
    Field(name="address", label=_("Address"), help=_("Replies come from it."), placeholder="support@example.org"),
    Field(name="display_name", label=_("Name"), help=_("Stands before the address in people's mail."), required=False),
    Field(
        name="login",
        label=_("Login"),
        kind="choice",
        choices=(("password", _("Password")), ("google", "Google"), ("microsoft", "Microsoft 365")),
        default="password",
        help=_("Google and Microsoft: you sign in there, with an application that you register."),
    ),
    Field(name="username", label=_("User name"), help=_("If it is not the address."), required=False),
    Field(name="password", label=_("Password"), help=_("For the login with a password."), secret=True, required=False),
    Field(
        name="client_id", label=_("Client ID"), help=_("Of the application, for Google and Microsoft."), required=False
    ),
    Field(name="client_secret", label=_("Client secret"), help=_("Of the application."), secret=True, required=False),
    Field(
        name="tenant",
        label=_("Directory (tenant) ID"),
        help=_("Microsoft only. Empty: any organisation."),
        required=False,
    ),
    Field(
        name="imap_host",
        leads=True,
        label=_("IMAP server"),
        help=_("Known for Google and Microsoft."),
        placeholder="imap.example.org",
        required=False,
    ),
    Field(
        name="imap_security",
        leads=True,
        label=_("IMAP encryption"),
        kind="choice",
        choices=_SECURITY,
        default="tls",
        required=False,
    ),
    Field(name="imap_port", leads=True, label=_("IMAP port"), kind="number", placeholder="993", required=False),
    Field(name="folder", label=_("Folder"), help=_("What arrives here comes in."), default="INBOX", required=False),
    Field(
        name="smtp_host",
        leads=True,
        label=_("SMTP server"),
        help=_("If it is another one than for IMAP."),
        placeholder="smtp.example.org",
        required=False,
    ),
    Field(
        name="smtp_security",
        leads=True,
        label=_("SMTP encryption"),
        kind="choice",
        choices=_SECURITY,
        default="starttls",
        required=False,
    ),
    Field(name="smtp_port", leads=True, label=_("SMTP port"), kind="number", placeholder="587", required=False),
    Field(
        name="keeps_sent",
        label=_("The server keeps what is sent"),
        kind="flag",
        help=_("Google and Microsoft do. For others we put a copy into the folder for sent mail."),
        required=False,
    ),
    Field(name="sent_folder", label=_("Folder for sent mail"), help=_("Empty: the server says which."), required=False),
    Field(
        name="aliases",
        label=_("Other own addresses"),
        kind="lines",
        help=_("One a line. What comes from them is no customer's."),
        required=False,
    ),
    Field(
        name="plus",
        label=_("Answers to support+code@"),
        kind="flag",
        help=_(
            "Choose it if the server takes mail to such addresses. Answers find their thread even without references."
        ),
        required=False,
    ),
    Field(
        name="judge",
        label=_("Server that checks senders"),
        help=_(
            "The name that your server writes first in Authentication-Results. Only its word on SPF, DKIM and DMARC"
            " counts. Known for Google and Microsoft."
        ),
        placeholder="mx.example.org",
        required=False,
    ),
    Field(
        name="reply_key",
        label=_("Key for answers"),
        help=_("Makes the ids of our mails unforgeable."),
        secret=True,
        required=False,
        generated=True,
    ),
)

GUIDE = Guide(
    method=_("Password or sign in"),
    steps=(
        _("Take a mailbox of its own for the inbox, such as support@example.org."),
        _(
            "With a password: write the names of its IMAP and SMTP servers below. Your provider's help pages tell them."
            " Where the account has two-factor log-in, make an app password."
        ),
        _(
            "With Google: in console.cloud.google.com make a project, switch on the Gmail API, and under Credentials"
            " make an OAuth client of the type Web application with the redirect address {callback}. Copy its ID and"
            " secret."
        ),
        _(
            "With Microsoft 365: in entra.microsoft.com register an application with the redirect address {callback}"
            " (Web), add the permissions below as delegated ones, make a client secret, and copy the application's ID"
            " and secret. In the Exchange admin centre allow authenticated SMTP for the mailbox."
        ),
        _("Test the connection. For Google and Microsoft, sign in as the mailbox."),
    ),
    permissions=(
        (
            "https://mail.google.com/",
            _("Google: reading and sending by IMAP and SMTP; there is no smaller one for them"),
        ),
        ("IMAP.AccessAsUser.All", _("Microsoft: reading")),
        ("SMTP.Send", _("Microsoft: replying")),
        ("offline_access", _("Microsoft: staying connected")),
    ),
    cost=_("Nothing beyond the mailbox."),
    site="",
    page="email.md",
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mail server is and how it is spoken to."""

    host: str
    port: int
    security: str


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to a mail server: with a password, or with a token that somebody signed in for."""

    user: str
    secret: str = field(repr=False)
    is_token: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """A channel's settings with all that follows from them."""

    address: str
    name: str
    kind: str
    imap: Server
    smtp: Server
    folder: str
    sent_folder: str
    keeps_sent: bool
    plus: bool
    judge: str
    own: frozenset[str]
    tenant: str

    @property
    def domain(self) -> str:
        """Behind the @."""
        return self.address.rpartition("@")[2] or "localhost"


def options_of(account: Account) -> Options:
    """Read the settings of a channel. What is missing or wrong shows where it is used."""

    def given(name: str) -> str:
        return str(account.settings.get(name) or "").strip()

    kind = given("login") or "password"
    known_imap, known_smtp = _HOSTS.get(kind, ("", ""))
    address = given("address").lower()
    imap = _server(account.settings, "imap", known_imap, "tls", _IMAP_PORTS)
    return Options(
        address=address,
        name=given("display_name"),
        kind=kind,
        imap=imap,
        smtp=_server(account.settings, "smtp", known_smtp or imap.host, "starttls", _SMTP_PORTS),
        folder=given("folder") or "INBOX",
        sent_folder=given("sent_folder"),
        keeps_sent=bool(given("keeps_sent")) or kind != "password",
        plus=bool(given("plus")),
        judge=given("judge").lower() or _JUDGES.get(kind, ""),
        own=frozenset({address, *(one for _, one in addresses(given("aliases").split("\n")))}),
        tenant=given("tenant") or "organizations",
    )


def login_of(account: Account) -> Login:
    """Who logs in, and with what."""
    user = str(account.settings.get("username") or account.settings.get("address") or "").strip()
    if (account.settings.get("login") or "password") == "password":
        return Login(user, account.credentials.get("password", ""))
    return Login(user, account.credentials.get("access_token", ""), is_token=True)


def _server(settings: Mapping[str, Any], protocol: str, host: str, security: str, ports: Mapping[str, int]) -> Server:
    security = str(settings.get(f"{protocol}_security") or security)
    port = str(settings.get(f"{protocol}_port") or "")
    number = int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else 0
    return Server(
        host=str(settings.get(f"{protocol}_host") or host).strip(),
        port=number if 0 < number < 65536 else ports.get(security, ports["tls"]),
        security=security if security in ports else "tls",
    )
