from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels.email import door
from connectors.channels.email.compose import letter
from connectors.channels.email.options import options_of
from connectors.channels.email.tokens import Tokens
from connectors.protocol import Account, ConnectorError, File, Original, Outgoing
from tests.connectors.mails import KEY, Post, answer, mail, original_of, post, told


@pytest.fixture
def servers(loopback: None) -> Iterator[Post]:
    with post() as running:
        yield running


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits fifteen seconds here."""
    monkeypatch.setattr(door, "READ_SECONDS", 0.4)


def sent(servers: Post, at: int = -1) -> EmailMessage:
    message = message_from_bytes(servers.world.sent[at][2], policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_reply_is_an_answer_in_its_thread(servers: Post) -> None:
    item = servers.one(
        mail(message_id="<m2@cust.test>", subject="Größe", References="<m0@cust.test>\r\n <m1@cust.test>")
    )
    outgoing = answer(item, "Grüße\n\n.hidden? no\nFrom us")
    servers.connector().reply(outgoing)
    sender, recipients, content = servers.world.sent[0]
    message = sent(servers)
    assert (sender, recipients) == ("support@brand.test", ["dana@cust.test"])
    assert message["From"] == "Brand <support@brand.test>"
    assert message["To"] == "dana@cust.test"
    assert message["Subject"] == "Re: Größe"
    assert message["In-Reply-To"] == "<m2@cust.test>"
    assert message["References"].split() == ["<m0@cust.test>", "<m1@cust.test>", "<m2@cust.test>"]
    assert message["Auto-Submitted"] == "no"
    assert message.get_content().replace("\r\n", "\n") == "Grüße\n\n.hidden? no\nFrom us\n"
    assert "Reply-To" not in message
    assert max(map(len, content.split(b"\r\n"))) < 500


def test_the_answer_to_our_reply_finds_its_thread_even_without_references(servers: Post) -> None:
    item = servers.one(mail(message_id="<m1@cust.test>"))
    reply = servers.connector().reply(answer(item))
    ours = sent(servers)["Message-ID"]
    back = servers.one(mail(In_Reply_To=ours))
    assert (back.thread_id, back.parent_id) == ("m1@cust.test", reply.external_id)
    shouted = servers.one(mail(References=f"<lost@x.test> {ours.upper()}"))
    assert (shouted.thread_id, shouted.parent_id) == ("m1@cust.test", reply.external_id)


def test_the_answer_to_an_address_with_a_code_is_known(servers: Post) -> None:
    item = servers.one(mail())
    reply = servers.connector(plus="1").reply(answer(item))
    address = str(sent(servers)["Reply-To"])
    back = servers.one(mail(To=address), plus="1")
    assert back.parent_id == reply.external_id
    assert back.thread_id == ""
    forged = servers.one(mail(To=address.replace("+r", "+ra")), plus="1")
    assert forged.parent_id == ""


def test_s15_nobody_gets_into_a_thread_with_a_code_of_their_own(servers: Post) -> None:
    forged = Tokens("another-key").message_id(
        "6f1f0b5e-3f0e-4a3c-9d0e-0c6a4c1d2e3f", "m1@cust.test", "a@b.test", "brand.test"
    )
    item = servers.one(mail(In_Reply_To=f"<{forged}>"))
    assert item.thread_id != "m1@cust.test"
    assert not item.parent_id.startswith("reply:")


def test_our_own_mails_are_not_taken_in_when_they_come_back(servers: Post) -> None:
    item = servers.one(mail())
    servers.connector().reply(answer(item))
    content = servers.world.sent[0][2]
    servers.world.inbox.mails.clear()
    servers.arrives(content)
    servers.arrives(content.replace(b"Message-ID: <scrm.", b"Message-ID: <other."))
    servers.arrives(mail("From a colleague's own program", sender="Support <SUPPORT@brand.test>"))
    servers.arrives(mail("From another address of ours", sender="info@brand.test"))
    assert told(servers.connector(aliases="info@brand.test\nsales@brand.test")) == []


def test_answers_go_where_the_sender_wishes_and_the_writer_is_told(servers: Post) -> None:
    item = servers.one(mail(Reply_To="Bo <bo@cust.test>", Cc="eve@cust.test, support@brand.test"))
    connector = servers.connector()
    able = connector.capability(original_of(item))
    assert able.notice == "The answer goes to bo@cust.test, as the sender wishes."
    assert able.audiences == (("sender", "bo@cust.test"), ("all", "bo@cust.test and 1 more"))
    assert not able.public
    connector.reply(answer(item))
    assert servers.world.sent[-1][1] == ["bo@cust.test"]
    connector.reply(answer(item, audience="all"))
    assert servers.world.sent[-1][1] == ["bo@cust.test", "eve@cust.test"]
    assert sent(servers)["Cc"] == "eve@cust.test"


@pytest.mark.parametrize("sender", ["noreply@x.test", "No-Reply+7@x.test", "MAILER-DAEMON@x.test", "donotreply@x.test"])
def test_who_reads_no_answers_gets_none(servers: Post, sender: str) -> None:
    able = servers.connector().capability(original_of(servers.one(mail(sender=sender))))
    assert not able.can_reply
    assert able.reason == "This address takes no answers."


@pytest.mark.parametrize(
    ("said", "author", "email"),
    [
        ("mx.brand.test; dmarc=pass header.from=cust.test", "dana@cust.test", "dana@cust.test"),
        ("mx.brand.test; dkim=pass header.d=cust.test", "dana@cust.test", "dana@cust.test"),
        ("mx.brand.test; dkim=pass header.d=evil.test; spf=pass smtp.mailfrom=x@evil.test", "dana@cust.test", ""),
        ("mx.brand.test; dmarc=fail (p=REJECT) header.from=cust.test", "unconfirmed:dana@cust.test", ""),
        ("mx.brand.test; spf=fail smtp.mailfrom=cust.test; dkim=none", "unconfirmed:dana@cust.test", ""),
        ('mx.brand.test; spf=fail smtp.mailfrom="; dmarc=pass"@evil.test', "unconfirmed:dana@cust.test", ""),
        ("evil.test; dmarc=pass header.from=cust.test", "dana@cust.test", ""),
        ("mx.brand.test.evil.test; dmarc=pass", "dana@cust.test", ""),
    ],
)
def test_s15_only_the_word_of_our_own_server_proves_a_sender(servers: Post, said: str, author: str, email: str) -> None:
    item = servers.one(mail(Authentication_Results=said), judge="mx.brand.test")
    assert (item.author.external_id, item.author.email) == (author, email)
    able = servers.connector().capability(original_of(item))
    assert ("may be forged" in able.notice) == author.startswith("unconfirmed:")
    assert servers.one(mail(Authentication_Results=said)).author.email == ""


def test_files_go_along(servers: Post) -> None:
    item = servers.one(mail())
    files = (
        File(name="Plan ö.pdf", content_type="application/pdf", content=b"%PDF\r\n.\n"),
        File(name="a", content_type="nonsense", content=b""),
    )
    servers.connector().reply(answer(item, files=files))
    first, second = sent(servers).iter_attachments()
    assert (first.get_filename(), first.get_content_type(), first.get_content()) == (
        "Plan ö.pdf",
        "application/pdf",
        b"%PDF\r\n.\n",
    )
    assert second.get_content_type() == "application/octet-stream"


def test_a_copy_is_kept_among_the_sent_mails_and_found_there(servers: Post) -> None:
    item = servers.one(mail())
    outgoing = answer(item)
    reply = servers.connector().reply(outgoing)
    (kept,) = servers.world.folders["Sent"].mails
    assert kept.flags == {"\\Seen"}
    assert servers.connector().find(outgoing) == reply


def test_a_copy_that_cannot_be_kept_does_not_undo_the_sending(servers: Post) -> None:
    item = servers.one(mail())
    servers.imap.faults.add("no", "APPEND", text="[OVERQUOTA] Quota exceeded")
    assert servers.connector().reply(answer(item)).external_id


@pytest.mark.parametrize(
    ("fault", "path", "options", "permanent"),
    [
        ("refuse", "RCPT", {"code": 550, "text": "5.1.1 No such user"}, True),
        ("refuse", "RCPT", {"code": 451, "text": "4.7.1 Greylisted"}, False),
        ("refuse", "MAIL", {"code": 553, "text": "5.7.1 Not your address"}, True),
        ("refuse", "DATA", {"code": 552, "text": "5.3.4 Too big"}, True),
        ("refuse", "DATA", {"code": 452, "text": "4.2.2 Full"}, False),
        ("cut", "RCPT", {}, False),
        ("silent", "MAIL", {}, False),
    ],
)
def test_r14_what_the_server_did_not_take_is_certainly_not_sent(
    servers: Post, impatient: None, fault: str, path: str, options: dict[str, object], permanent: bool
) -> None:
    item = servers.one(mail())
    servers.smtp.faults.add(fault, path, **options)
    with pytest.raises(ConnectorError) as caught:
        servers.connector().reply(answer(item))
    assert not caught.value.unknown
    assert caught.value.permanent is permanent
    assert str(options.get("text", "")) in caught.value.message
    assert bool(caught.value.remedy) is permanent or not options
    assert servers.world.sent == []


@pytest.mark.parametrize("fault", ["lose", "cut", "silent"])
def test_r14_silence_after_the_end_of_the_mail_leaves_it_open(servers: Post, impatient: None, fault: str) -> None:
    item = servers.one(mail())
    outgoing = answer(item)
    servers.smtp.faults.add(fault, "DATA")
    with pytest.raises(ConnectorError) as caught:
        servers.connector().reply(outgoing)
    assert caught.value.unknown
    # No copy was kept, so nobody can tell.
    with pytest.raises(ConnectorError) as caught:
        servers.connector().find(outgoing)
    assert caught.value.unknown
    assert caught.value.remedy


def test_r14_where_the_server_keeps_what_is_sent_an_interrupted_reply_is_found(servers: Post) -> None:
    servers.world.keeps_sent = True
    item = servers.one(mail())
    outgoing = answer(item)
    servers.smtp.faults.add("lose", "DATA")
    connector = servers.connector(keeps_sent="1")
    with pytest.raises(ConnectorError):
        connector.reply(outgoing)
    found = connector.find(outgoing)
    assert found is not None
    assert len(servers.world.sent) == 1


def test_a_wrong_password_for_sending_is_told(servers: Post) -> None:
    item = servers.one(mail())
    with pytest.raises(ConnectorError, match="535") as caught:
        servers.connector(credentials={"password": "wrong-one", "reply_key": KEY}).reply(answer(item))
    assert caught.value.permanent
    assert not caught.value.unknown
    assert "wrong-one" not in str(caught.value)


OPTIONS = options_of(
    Account(
        network="email",
        name="",
        base_url="",
        settings={"address": "support@brand.test", "display_name": 'Br"and ö\r\nX: y'},
    )
)
WORDS = st.text(max_size=200)


@settings(max_examples=300)
@given(text=WORDS, subject=WORDS, message_id=WORDS, references=st.lists(WORDS, max_size=5), to=WORDS, name=WORDS)
def test_s28_nothing_that_somebody_writes_becomes_a_header(
    text: str, subject: str, message_id: str, references: list[str], to: str, name: str
) -> None:
    raw = {"subject": subject, "message_id": message_id, "references": references, "others": [to], "reply_to": ""}
    original = Original(
        external_id="x",
        thread_id=message_id[:100].encode("utf-8", "replace").decode(),
        kind="email",
        author_external_id="dana@cust.test",
        author_handle=name,
        posted_at=datetime.now(UTC),
        raw=raw,
    )
    file = File(name=name, content_type=subject, content=b"x")
    made = letter(
        Outgoing(
            text=text, original=original, client_key=name, queued_at=datetime.now(UTC), audience="all", files=(file,)
        ),
        OPTIONS,
        Tokens(KEY),
    )
    message = message_from_bytes(made.content)
    allowed = {
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "auto-submitted",
        "x-loop",
        "content-type",
        "mime-version",
        "content-transfer-encoding",
        "content-disposition",
    }
    for part in message.walk():
        assert {key.lower() for key in part} <= allowed
        assert not part.defects
    assert message.is_multipart()
    assert len(message.get_payload()) == 2
    assert b"\r" not in made.content.replace(b"\r\n", b"")
    assert b"\n" not in made.content.replace(b"\r\n", b"")


@given(
    key=st.uuids(),
    thread=st.text(max_size=100).filter(lambda t: t.encode("utf-8", "ignore").decode() == t),
    to=st.emails(),
)
def test_s15_an_id_says_what_it_was_made_of_and_one_changed_letter_makes_it_nothing(
    key: object, thread: str, to: str
) -> None:
    tokens = Tokens(KEY)
    made = tokens.message_id(str(key), thread, to, "brand.test")
    read = tokens.read(made)
    if thread:
        assert read is not None
        assert read.thread_id == thread
        assert tokens.went_to(made, to)
        assert not tokens.went_to(made, "x" + to)
        assert Tokens("another").read(made) is None
        assert Tokens("").read(made) is None
        at = made.index(".") + 3
        assert tokens.read(made[:at] + ("a" if made[at] != "a" else "b") + made[at + 1 :]) is None
