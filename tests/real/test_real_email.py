"""The connector for e-mail against Dovecot and Postfix."""

import imaplib
import shutil
import smtplib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import pytest

from connectors.channels.email import door
from connectors.channels.email.connector import Email
from connectors.incoming import Incoming
from connectors.protocol import Account, ConnectorError, File, Sent
from tests.connectors.bench import Bench, stored, told
from tests.connectors.conformance import Conformance
from tests.connectors.mails import KEY, answer, mail
from tests.real import wire
from tests.real.running import serving
from tests.servers import mail_oauth
from tests.servers.mail_world import World

BRAND, JOE = "support@brand.test", "joe@cust.test"
LOOPBACK = ["127.0.0.0/8", "::1/128"]
pytestmark = pytest.mark.skipif(
    not (shutil.which("dovecot") and Path("/usr/sbin/postfix").exists()), reason="Only root can install mail servers."
)


@dataclass
class There:
    """The servers, and somebody who asks about tokens."""

    data: Path
    imap: int
    imaps: int
    mx: int
    submission: int
    submissions: int
    oauth: mail_oauth.Server

    def comes(self, *contents: bytes) -> None:
        """Mails from outside, as any server brings them; returns when they are there."""
        before = len(self.box(BRAND))
        with smtplib.SMTP("127.0.0.1", self.mx, local_hostname="mx.cust.test") as server:
            for content in contents:
                server.sendmail(JOE, BRAND, content)
        self.wait(BRAND, before + len(contents))

    def wait(self, user: str, count: int) -> None:
        """Until so many mails are there."""
        end = time.monotonic() + 20
        while len(self.box(user)) < count:
            assert time.monotonic() < end, f"{user} gets no mail."
            time.sleep(0.05)

    def box(self, user: str) -> list[EmailMessage]:
        """What somebody has got."""
        return [message_from_bytes(one.read_bytes(), policy=policy.default) for one in self.files(user)]

    def files(self, user: str) -> list[Path]:
        """The same as files, those that nobody has seen and those that somebody has."""
        folder = self.data / "mail" / user / "Maildir"
        return sorted([*folder.glob("new/*"), *folder.glob("cur/*")])

    def empty(self) -> None:
        """All mail is gone."""
        for user in (BRAND, JOE):
            with imaplib.IMAP4("127.0.0.1", self.imap) as box:
                box.login(user, "pw")
                for folder in ("INBOX", "Sent"):
                    if box.select(folder)[1] != [b"0"]:
                        box.store("1:*", "+FLAGS", "\\Deleted")
                        box.expunge()

    def account(self, **settings: str) -> Account:
        """A channel with a password."""
        known = {
            "address": BRAND,
            "imap_host": "localhost",
            "imap_port": str(self.imap),
            "imap_security": "plain",
            "smtp_port": str(self.submission),
            "smtp_security": "plain",
        }
        credentials = {"password": "pw", "reply_key": KEY}
        return Account(network="email", name="Real", base_url="", settings=known | settings, credentials=credentials)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    with mail_oauth.serving(World()) as oauth:
        told_before = tmp_path_factory.mktemp("mail")
        (told_before / "tokeninfo").write_text(f"{oauth.url}/tokeninfo?access_token=")
        with serving("mail", like=told_before) as server:
            imaps, mx, submission, submissions = map(int, (server.data / "ports").read_text().split())
            yield There(server.data, server.port, imaps, mx, submission, submissions, oauth)


@pytest.fixture
def there(running: There, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[There]:
    settings.OUTBOUND_ALLOW = LOOPBACK
    monkeypatch.setenv("SSL_CERT_FILE", str(running.data / "cert.pem"))
    door.context.cache_clear()
    running.empty()
    yield running
    door.context.cache_clear()


class TestDovecotAndPostfix(Conformance):
    """With tokens (XOAUTH2), which Dovecot takes for itself and for Postfix."""

    kind = Email

    @pytest.fixture
    def bench(self, there: There) -> Iterator[Bench]:
        now = datetime.now(UTC)
        there.comes(*(mail(f"Question {n}", sender=f"Joe <{JOE}>", at=now - timedelta(minutes=n)) for n in range(30)))
        tokens = there.oauth.tokens(BRAND)
        credentials = {
            "client_secret": "its-secret",
            "reply_key": KEY,
            "access_token": tokens["access_token"],
            "refresh_token": tokens["refresh_token"],
            "access_token_until": (now + timedelta(hours=1)).isoformat(),
        }
        with wire.before(there.imap) as reads, wire.before(there.submission) as sends:
            settings = {
                **there.account(login="google", client_id="an-application").settings,
                "imap_port": str(reads.port),
                "smtp_host": "localhost",
                "smtp_port": str(sends.port),
            }
            account = Account(
                network="email", name="Real", base_url=there.oauth.url, settings=settings, credentials=credentials
            )
            ids = {item.external_id for item in told(Email(account))}
            assert len(ids) == 30

            def break_down() -> None:
                reads.is_down, sends.loses = True, 9

            def lose_answer() -> None:
                sends.loses = 1

            def replies() -> int:
                there.wait(JOE, 1)
                return len(there.box(JOE))

            yield Bench(
                account=account,
                expected=ids,
                refuse=there.oauth.world.tokens.clear,
                break_down=break_down,
                lose_answer=lose_answer,
                replies=replies,
                past=(now - timedelta(days=60), ids),
                expire=there.oauth.world.tokens.clear,
            )


def test_a_conversation_goes_back_and_forth(there: There) -> None:
    connector = Email(there.account(plus="1", display_name="Größe AG"))
    there.comes(mail("Where is it?", sender=f"Joe <{JOE}>", message_id="<m1@cust.test>", subject="Käse"))
    (item,) = told(connector)
    file = File(name="Plan ö.pdf", content_type="application/pdf", content=b"%PDF\n" * 1000)
    outgoing = answer(item, "On its way.\n.\nÜber Nacht.", files=(file,))
    sent = connector.reply(outgoing)
    there.wait(JOE, 1)
    (ours,) = there.box(JOE)
    assert ours["Subject"] == "Re: Käse"
    assert ours["In-Reply-To"] == "<m1@cust.test>"
    body, attached = ours.iter_parts()
    assert body.get_content().replace("\r", "") == "On its way.\n.\nÜber Nacht.\n"
    assert (attached.get_filename(), attached.get_content()) == ("Plan ö.pdf", b"%PDF\n" * 1000)
    assert connector.find(outgoing) == sent
    with smtplib.SMTP("127.0.0.1", there.mx) as server:
        # A program that loses all references and answers to the address that it was given.
        reply_to = str(ours["Reply-To"]).partition("<")[2].rstrip(">")
        server.sendmail(JOE, reply_to, mail("Thank you", sender=JOE, To=reply_to))
    there.wait(BRAND, 2)
    assert told(connector)[1].parent_id == sent.external_id


def test_nothing_is_marked_as_seen_and_nothing_comes_twice(there: There) -> None:
    there.comes(mail("One"), mail("Two"))
    connector = Email(there.account())
    pages = list(connector.fetch({}))
    again = [item for page in connector.fetch(stored(pages[-1].cursor)) for item in page.items]
    assert again == []
    assert not [one for one in there.files(BRAND) if "S" in one.name.partition(":2,")[2]]


def test_new_numbers_bring_nothing_twice(there: There) -> None:
    there.comes(mail("One"), mail("Two"))
    connector = Email(there.account())
    pages = list(connector.fetch({}))
    folder = there.data / "mail" / BRAND / "Maildir"
    for one in folder.glob("dovecot*"):
        one.unlink()
    there.comes(mail("Three"))
    again = list(connector.fetch(stored(pages[-1].cursor)))
    assert pages[-1].cursor["validity"] != again[-1].cursor["validity"]
    before = {item.external_id for page in pages for item in page.items}
    after = {item.external_id: item.text for page in again for item in page.items}
    assert before < set(after)
    assert sorted(after.values()) == ["One", "Three", "Two"]


def test_of_a_large_mail_the_text_comes_and_the_files_when_they_are_wanted(there: There) -> None:
    content = bytes(range(256)) * 40_000
    whole = MIMEMultipart("mixed")
    both = MIMEMultipart("alternative")
    both.attach(MIMEText("See the plän", "plain", "utf-8"))
    both.attach(MIMEText("<p>See the <b>plän</b></p>", "html", "utf-8"))
    whole.attach(both)
    attached = MIMEApplication(content, "pdf")
    attached.add_header("Content-Disposition", "attachment", filename=("utf-8", "", "plän.pdf"))
    whole.attach(attached)
    whole["From"], whole["To"], whole["Subject"], whole["Message-ID"] = JOE, BRAND, "Large", "<large@cust.test>"
    there.comes(whole.as_bytes(policy=policy.SMTP))
    connector = Email(there.account())
    (item,) = told(connector)
    assert item.text == "See the plän"
    assert "<b>plän</b>" in item.html
    (file,) = item.attachments
    media = connector.media(file.url)
    assert media is not None
    assert media.content == content


def test_a_bounce_of_postfix_stands_in_the_conversation_that_it_is_about(there: There) -> None:
    connector = Email(there.account())
    there.comes(mail("Where is it?", sender="Bo <gone@cust.test>", message_id="<b1@cust.test>"))
    (item,) = told(connector)
    sent = connector.reply(answer(item))
    there.wait(BRAND, 2)
    bounce = told(connector)[1]
    assert bounce.automatic
    assert bounce.author.external_id == "gone@cust.test"
    assert (bounce.thread_id, bounce.parent_id) == (item.thread_id, sent.external_id)
    assert "could not be delivered" in bounce.text
    assert "User doesn't exist" in bounce.text


def test_an_unknown_recipient_and_a_wrong_password_are_told_in_the_servers_words(there: There) -> None:
    connector = Email(there.account())
    there.comes(mail("Hi", sender="nobody@cust.test"))
    (item,) = told(connector)
    with pytest.raises(ConnectorError, match="550 5.1.1 .*User unknown") as caught:
        connector.reply(answer(item))
    assert caught.value.permanent
    assert not caught.value.unknown
    wrong = Account(
        network="email", name="", base_url="", settings=there.account().settings, credentials={"password": "x"}
    )
    for step in Email(wrong).steps():
        with pytest.raises(ConnectorError, match="does not accept the login|535") as caught:
            step.run()
        assert caught.value.permanent
    with pytest.raises(ConnectorError, match="folder Nowhere") as caught:
        told(Email(there.account(folder="Nowhere")))
    assert caught.value.permanent


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted_it_works_alike(there: There, security: str) -> None:
    there.comes(mail("Hi", sender=JOE))
    ports = {
        "tls": {"imap_port": str(there.imaps), "smtp_port": str(there.submissions)},
        "starttls": {"imap_port": str(there.imap), "smtp_port": str(there.submission)},
    }[security]
    connector = Email(there.account(**ports, imap_security=security, smtp_security=security))
    assert connector.verify() == BRAND
    (item,) = told(connector)
    assert isinstance(item, Incoming)
    assert isinstance(connector.reply(answer(item)), Sent)
    there.wait(JOE, 1)
