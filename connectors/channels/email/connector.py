from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import structlog

from connectors import outbound
from connectors.channels.email import files, oauth, reading, senders, smtp
from connectors.channels.email.compose import id_of, letter
from connectors.channels.email.imap import Mailbox, logged_in
from connectors.channels.email.items import Items
from connectors.channels.email.options import FIELDS, GUIDE, Login, login_of, options_of
from connectors.channels.email.tokens import Tokens, external_id_of
from connectors.protocol import (
    Account,
    Capability,
    Connector,
    ConnectorError,
    Enclosable,
    Grant,
    Guide,
    Media,
    Original,
    Outgoing,
    Page,
    Sent,
    Step,
)

log = structlog.get_logger(__name__)

# Sending and keeping together take less time than a worker has for a reply.
_KEEPING, _ASKING = 10.0, 30.0
_FILES = Enclosable(count=10, size=10 * 1024 * 1024, types=("*/*",))
_NO_ANSWERS = "This address takes no answers."
_NO_ADDRESS = "The mail names no address to answer to."


class Email(Connector):
    """A mailbox: mails come in by IMAP, answers go out by SMTP."""

    network = "email"
    label = "E-mail"
    fields = FIELDS
    guide: ClassVar[Guide | None] = GUIDE
    vouches_for_email = True
    signs_in = True
    signs_in_at = "Google or Microsoft"
    signs_in_mostly = False
    scopes = (*oauth.GOOGLE.scopes, *oauth.MICROSOFT.scopes)
    reaches_back = True

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._options = options_of(account)
        self._tokens = Tokens(account.credentials.get("reply_key", ""))
        self._items = Items(self._options, self._tokens)

    def verify(self) -> str:
        """Log in for reading and for sending, and open the folders."""
        self._check_folders()
        self._check_smtp()
        return self._options.address

    def steps(self) -> Sequence[Step]:
        """Both servers, one after the other."""
        return (
            Step(label="Logged in for reading (IMAP)", run=self._check_login),
            Step(label="Folders opened", run=self._check_folders),
            Step(label="Logged in for sending (SMTP)", run=self._check_smtp),
        )

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """What has come since; see connectors/channels/email/reading.py."""
        with logged_in(self._options.imap, self._login()) as mailbox:
            yield from reading.news(mailbox, self._items, cursor, datetime.now(UTC))

    def history(self, since: datetime, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Everything that the folder still holds."""
        with logged_in(self._options.imap, self._login()) as mailbox:
            yield from reading.past(mailbox, self._items, since, cursor)

    def reply(self, outgoing: Outgoing) -> Sent:
        """One mail, whose id is known beforehand; and a copy of it among the sent ones."""
        mail = letter(outgoing, self._options, self._tokens)
        login = self._login()
        smtp.send(self._options.smtp, login, self._options.address, mail)
        if not self._options.keeps_sent:
            self._keep(mail.content, login)
        return Sent(external_id=external_id_of(outgoing.client_key))

    def _keep(self, content: bytes, login: Login) -> None:
        """The mail is sent. A copy that cannot be kept is no reason to say otherwise."""
        try:
            with outbound.deadline(_KEEPING), logged_in(self._options.imap, login) as mailbox:
                if folder := self._sent_folder(mailbox):
                    mailbox.append(content, folder)
        except ConnectorError as error:
            log.warning("sent_mail_not_kept", channel=self.account.name, error=error.message)

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Looks for its Message-ID among the sent mails. Only where it is there anything is certain: the server may
        have taken a mail of which no copy was kept."""
        message_id = id_of(outgoing, self._options, self._tokens)
        try:
            with outbound.deadline(_ASKING), logged_in(self._options.imap, self._login()) as mailbox:
                for folder in filter(None, (self._sent_folder(mailbox), self._options.folder)):
                    mailbox.open(folder)
                    if mailbox.with_id(message_id):
                        return Sent(external_id=external_id_of(outgoing.client_key))
        except ConnectorError as error:
            error.unknown = True
            raise
        raise ConnectorError(
            "The mail server cannot tell whether it has sent this mail.",
            remedy="There is no copy of it among the sent mails. Ask the recipient, or look into the server's log.",
            unknown=True,
        )

    def capability(self, original: Original) -> Capability:
        """Every mail with an address that takes answers."""
        to = senders.answer_to(original.raw, original.author_external_id)
        if not to or senders.takes_no_answers(to):
            return Capability(can_reply=False, reason=_NO_ANSWERS if to else _NO_ADDRESS, public=False)
        others = original.raw.get("others")
        count = len(others) if isinstance(others, list) else 0
        audiences = (("sender", to), ("all", f"{to} and {count} more")) if count else ()
        return Capability(
            can_reply=True, public=False, files=_FILES, audiences=audiences, notice=self._notice(original, to)
        )

    def _notice(self, original: Original, to: str) -> str:
        """What the writer should know of the address."""
        raw = original.raw
        told = []
        if raw.get("bounce"):
            told.append("The last mail to this address could not be delivered.")
        elif raw.get("automatic"):
            told.append("A program sent this mail. Perhaps nobody reads your answer.")
        if original.author_external_id.startswith(senders.UNCONFIRMED):
            told.append("The sender is not confirmed: the mail may be forged.")
        if raw.get("reply_to"):
            told.append(f"The answer goes to {to}, as the sender wishes.")
        return " ".join(told)

    def media(self, url: str) -> Media | None:
        """An attachment, fetched from the mail that it came with."""
        with outbound.deadline(_ASKING), logged_in(self._options.imap, self._login()) as mailbox:
            return files.fetch(mailbox, url)

    # Signing in

    def authorization(self, grant: Grant) -> str:
        """Google's or Microsoft's page."""
        provider = oauth.provider_of(self.account, self._options)
        return oauth.authorization(provider, self._keys()["client_id"], grant, self._options.address)

    def redeem(self, code: str, grant: Grant) -> Mapping[str, str]:
        """The tokens for its code."""
        return oauth.redeem(oauth.provider_of(self.account, self._options), self._keys(), code, grant)

    def session_until(self) -> datetime | None:
        """When the token ends that the servers take in place of a password."""
        return None if self._options.kind == "password" else oauth.ends_at(self.account.credentials)

    def renew(self) -> Mapping[str, str]:
        """Fresh tokens."""
        return oauth.renew(oauth.provider_of(self.account, self._options), self._keys())

    def revoke(self) -> None:
        """Give back what somebody signed in for."""
        if self._options.kind != "password":
            oauth.revoke(oauth.provider_of(self.account, self._options), self._keys())

    def _keys(self) -> dict[str, str]:
        client_id = str(self.account.settings.get("client_id") or "").strip()
        return {**self.account.credentials, "client_id": client_id}

    def _login(self) -> Login:
        login = login_of(self.account)
        if login.secret:
            return login
        if login.is_token:
            remedy = "Sign in from the channel's settings."
            raise ConnectorError("Nobody has signed in yet.", remedy=remedy, permanent=True)
        raise ConnectorError("The password is missing.", remedy="Enter the mailbox's password.", permanent=True)

    def _check_login(self) -> None:
        with logged_in(self._options.imap, self._login()):
            return

    def _check_folders(self) -> None:
        with logged_in(self._options.imap, self._login()) as mailbox:
            mailbox.open(self._options.folder)
            if folder := self._sent_folder(mailbox):
                mailbox.open(folder)
            elif not self._options.keeps_sent:
                raise ConnectorError(
                    f"{self._options.imap.host} does not say which folder is for sent mail.",
                    remedy="Write its name into the channel's settings.",
                    permanent=True,
                )

    def _sent_folder(self, mailbox: Mailbox) -> str:
        return self._options.sent_folder or mailbox.sent_folder()

    def _check_smtp(self) -> None:
        smtp.check(self._options.smtp, self._login(), self._options.domain)
