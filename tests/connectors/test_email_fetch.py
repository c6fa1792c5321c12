from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.channels.email import door, imap, large
from connectors.incoming import Incoming
from connectors.protocol import ConnectorError, Page
from tests.connectors.bench import stored
from tests.connectors.mails import Post, mail, post, told


@pytest.fixture
def servers(loopback: None) -> Iterator[Post]:
    with post() as running:
        yield running


def pull(servers: Post, cursor: Any = None, **settings: str) -> tuple[list[Incoming], list[Page], Any]:
    pages = list(servers.connector(**settings).fetch(stored(cursor or {})))
    return [item for page in pages for item in page.items], pages, pages[-1].cursor


def texts(items: list[Incoming]) -> list[str]:
    return [item.text for item in items]


def test_the_last_mail_is_not_brought_again_although_the_range_names_it(servers: Post) -> None:
    servers.arrives(mail("One"))
    items, _, cursor = pull(servers)
    assert texts(items) == ["One"]
    servers.world.inbox.next_uid += 5
    assert pull(servers, cursor)[0] == []
    servers.arrives(mail("Two"))
    assert texts(pull(servers, cursor)[0]) == ["Two"]


def test_nothing_is_marked_as_seen(servers: Post) -> None:
    servers.arrives(mail())
    pull(servers)
    assert [one.flags for one in servers.world.inbox.mails] == [set()]


def test_an_empty_folder_brings_nothing(servers: Post) -> None:
    assert pull(servers)[0] == []


def test_the_first_pull_brings_a_week(servers: Post) -> None:
    now = datetime.now(UTC)
    for days in (40, 6, 0):
        at = now - timedelta(days=days)
        servers.arrives(mail(f"{days} days old", at=at), at)
    assert texts(pull(servers)[0]) == ["6 days old", "0 days old"]


def test_another_folder_begins_anew(servers: Post) -> None:
    servers.arrives(mail("One"))
    cursor = pull(servers)[2]
    servers.world.folders["Other"] = type(servers.world.inbox)()
    servers.world.folders["Other"].add(mail("Elsewhere"))
    assert texts(pull(servers, cursor, folder="Other")[0]) == ["Elsewhere"]


def test_new_numbers_for_old_mails_bring_what_is_new_and_give_the_rest_the_same_ids(servers: Post) -> None:
    now = datetime.now(UTC)
    old = now - timedelta(days=20)
    servers.arrives(mail("Long ago", at=old), old)
    for n in range(5):
        servers.arrives(mail(f"Mail {n}"))
    before, _, cursor = pull(servers)
    servers.arrives(mail("Arrived in the meantime"))
    servers.world.inbox.renumber(start=3)
    after, _, again = pull(servers, cursor)
    assert {item.external_id for item in before} < {item.external_id for item in after}
    assert set(texts(after)) - set(texts(before)) == {"Arrived in the meantime"}
    assert pull(servers, again)[0] == []


def test_two_mails_with_one_id_are_two_messages_and_one_mail_twice_is_one(servers: Post) -> None:
    at = datetime.now(UTC)
    same = mail("Same", message_id="<always@the.same>", at=at)
    for content in (same, same, mail("Other", message_id="<always@the.same>", at=at)):
        servers.arrives(content)
    items = pull(servers)[0]
    assert len(items) == 3
    assert len({item.external_id for item in items}) == 2
    assert {item.thread_id for item in items} == {"always@the.same"}


def test_mails_without_an_id_are_told_apart(servers: Post) -> None:
    for text in ("One", "Two"):
        servers.arrives(mail(text, message_id=None))
    items = pull(servers)[0]
    assert len({item.external_id for item in items}) == 2
    assert all(item.external_id.startswith("hash:") for item in items)


def test_the_date_of_a_mail_counts_as_far_as_it_agrees_with_its_arrival(servers: Post) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    for wrote in (now - timedelta(hours=5), now - timedelta(days=4000), now + timedelta(days=2)):
        servers.arrives(mail(at=wrote), now)
    assert [item.posted_at for item in pull(servers)[0]] == [now - timedelta(hours=5), now, now]


def multipart(*parts: tuple[str, bytes]) -> bytes:
    header = mail(Content_Type='multipart/mixed; boundary="edge"', MIME_Version="1.0").partition(b"\r\n\r\n")[0]
    body = b"".join(b"--edge\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    return header + b"\r\n\r\n" + body + b"--edge--\r\n"


TEXT = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"
FILE = (
    'Content-Type: application/pdf; name="plan.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
    'Content-Disposition: attachment; filename="plan.pdf"'
)


def test_an_attachment_is_fetched_when_somebody_wants_it(servers: Post) -> None:
    servers.arrives(multipart((TEXT, b"See the plan =E2=98=BA"), (FILE, b"JVBERi0x\r\nLjQK")))
    (item,) = pull(servers)[0]
    assert item.text == "See the plan ☺"
    media = servers.connector().media(item.attachments[0].url)
    assert media is not None
    assert (media.content, media.content_type, media.name) == (b"%PDF-1.4\n", "application/pdf", "plan.pdf")


def test_an_attachment_is_found_again_by_the_id_of_its_mail(servers: Post) -> None:
    servers.arrives(multipart((TEXT, b"See the plan"), (FILE, b"JVBERi0xLjQK")))
    (item,) = pull(servers)[0]
    for n in range(3):
        servers.arrives(mail(f"Mail {n}"))
    servers.world.inbox.renumber()
    media = servers.connector().media(item.attachments[0].url)
    assert media is not None
    assert media.content == b"%PDF-1.4\n"
    servers.world.inbox.mails.clear()
    with pytest.raises(ConnectorError, match="not at the mail server any more") as caught:
        servers.connector().media(item.attachments[0].url)
    assert caught.value.permanent


@pytest.mark.parametrize("url", ["media:", "media:%%%", "media:WzFd", "https://x.test/", "media:" + "A" * 1900])
def test_an_address_that_is_none_of_ours_is_nothing(servers: Post, url: str) -> None:
    assert servers.connector().media(url) is None


def test_s24_of_a_huge_mail_no_more_is_fetched_than_what_can_be_read(servers: Post) -> None:
    servers.arrives(multipart((TEXT, b"See the film"), (FILE, b"QUJD" * 16_000_000), (FILE, b"QUJD" * 1_500_000)))
    servers.arrives(mail("After it"))
    items, pages, _ = pull(servers)
    assert texts(items) == ["See the film\n\n[plan.pdf (64.0 MB) was left at the mail server.]", "After it"]
    assert len(items[0].attachments) == 1
    assert servers.imap.bytes_sent < 100_000
    assert not [one for page in pages for one in page.malformed]


def test_s24_a_huge_text_is_read_up_to_a_limit(servers: Post) -> None:
    servers.arrives(mail("x" * 80 + ("\n" + "y" * 80) * 400_000))
    (item,) = pull(servers)[0]
    assert item.text.startswith("x" * 80)
    assert servers.imap.bytes_sent < large.WHOLE


def nested(levels: int) -> bytes:
    head = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    inner = b"".join(head % (n, n) for n in range(levels))
    return mail().partition(b"Content-Type")[0] + inner + b"\r\nhello"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (nested(1_000), "(The content of this mail cannot be read. Open it in a mail program.)"),
        (mail("Hi", To="a@b.test, " * 50_000), "Hi"),
        (mail("Hi", X_Filler="x\r\n " * 20_000), "Hi"),
        (mail("Hi\x00there\ud800"), "Hithere\ufffd\ufffd\ufffd"),
        (mail("<p>" + "<div>" * 50_000 + "Hi", Content_Type="text/html"), "Hi"),
        (mail("Hi", Content_Type="text/plain; charset=" + "x" * 50_000), "Hi"),
        (mail("SGk=", Content_Transfer_Encoding="base64" * 10), "SGk="),
        (mail("Hi", Content_Type='text/plain; name*0*=x; name*="' + "'" * 999), "Hi"),
        (mail("Hi", From="to:\xe3o:NNNNNNN;NNN"), "Hi"),
        (b"\r\nno header at all", "no header at all"),
        (b"", "(This mail has no text.)"),
        (b"From: a@b.test", "(This mail has no text.)"),
    ],
)
def test_s24_a_hostile_mail_is_a_message_as_well(servers: Post, content: bytes, text: str) -> None:
    servers.arrives(content)
    servers.arrives(mail("After it"))
    items, pages, _ = pull(servers)
    assert texts(items)[-1] == "After it"
    assert [text, "After it"] == [item.text or item.attachments[0].name for item in items]
    assert not [one for page in pages for one in page.malformed]


def test_a_mail_that_the_server_does_not_hand_out_is_set_aside_with_the_reason(servers: Post) -> None:
    for text in ("One", "Two", "Three"):
        servers.arrives(mail(text))
    servers.imap.faults.add("no", "UID FETCH 1,2,3 (UID BODY", text="Some of the mails could not be read")
    servers.imap.faults.add("no", "UID FETCH 2 (UID BODY", text="Mail is corrupt")
    items, pages, _ = pull(servers)
    assert texts(items) == ["One", "Three"]
    (malformed,) = [one for page in pages for one in page.malformed]
    assert malformed.payload["uid"] == 2
    assert malformed.reason.endswith("Mail is corrupt")


def test_r10_a_mail_over_which_the_server_breaks_down_does_not_stop_the_others_for_ever(servers: Post) -> None:
    for text in ("One", "Two", "Three"):
        servers.arrives(mail(text))
    for path in ("UID FETCH 1,2,3 (UID BODY", "UID FETCH 2,3 (UID BODY", "UID FETCH 2 (UID BODY"):
        servers.imap.faults.add("cut", path)
    seen: list[str] = []
    malformed: list[Any] = []
    cursor: Any = {}
    for _ in range(12):
        try:
            for page in servers.connector().fetch(stored(cursor)):
                seen += texts(list(page.items))
                malformed += page.malformed
                cursor = page.cursor
            break
        except ConnectorError as error:
            assert not error.permanent
    assert seen == ["One", "Three"]
    assert [one.payload["uid"] for one in malformed] == [2]
    assert "broke off 3 times" in malformed[0].reason


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits fifteen seconds here."""
    monkeypatch.setattr(door, "READ_SECONDS", 0.3)
    monkeypatch.setattr(door, "TOTAL_SECONDS", 0.6)
    monkeypatch.setattr(imap, "MAX_ANSWER", 3_000_000)


@pytest.mark.parametrize("effect", ["silent", "drip", "cut", "bye", "garbage", "endless", "huge"])
@pytest.mark.parametrize(
    "path", ["CONNECT", "LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH 1 (UID INTERNALDATE", "UID FETCH 1 (UID BODY"]
)
def test_r17_a_server_that_misbehaves_is_an_error_and_never_a_wait(
    servers: Post, impatient: None, effect: str, path: str
) -> None:
    servers.arrives(mail())
    servers.imap.faults.add(effect, path)
    with pytest.raises(ConnectorError) as caught:
        pages = list(servers.connector().fetch({}))
        # Nonsense in place of an answer holds no mails.
        assert effect == "garbage"
        assert not [item for page in pages for item in page.items]
        raise ConnectorError("nothing")
    assert not caught.value.permanent
    assert "a-password" not in f"{caught.value.message} {caught.value.remedy}"


def test_a_wrong_password_is_told_in_the_servers_words(servers: Post) -> None:
    servers.world.passwords.clear()
    with pytest.raises(ConnectorError, match="Authentication failed") as caught:
        pull(servers)
    assert caught.value.permanent
    assert caught.value.remedy


def test_a_server_that_is_busy_is_tried_again(servers: Post) -> None:
    servers.imap.faults.add("no", "LOGIN", text="[ALERT] Too many simultaneous connections. (Failure)")
    with pytest.raises(ConnectorError, match="Too many simultaneous") as caught:
        pull(servers)
    assert not caught.value.permanent


def test_a_folder_that_is_not_there_is_told(servers: Post) -> None:
    with pytest.raises(ConnectorError, match="does not open the folder Büro") as caught:
        pull(servers, folder="Büro")
    assert caught.value.permanent
    assert caught.value.remedy


def test_a_password_in_other_letters_is_understood(servers: Post) -> None:
    servers.world.passwords["support@brand.test"] = "пароль"
    servers.arrives(mail())
    connector = servers.connector(credentials={"password": "пароль"})
    assert len(told(connector)) == 1
    assert connector.verify() == "support@brand.test"


def test_a_password_adds_no_commands(servers: Post) -> None:
    with pytest.raises(ConnectorError, match="characters that none has"):
        told(servers.connector(credentials={"password": "x\r\na1 DELETE INBOX"}))
    assert servers.imap.commands == []


def test_history_reaches_to_its_date_and_no_further(servers: Post) -> None:
    now = datetime.now(UTC)
    for days in (40, 20, 10):
        at = now - timedelta(days=days)
        servers.arrives(mail(f"{days} days old", at=at), at)
    pages = list(servers.connector().history(now - timedelta(days=21), {}))
    assert texts([item for page in pages for item in page.items]) == ["10 days old", "20 days old"]
