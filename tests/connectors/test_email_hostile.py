"""S24, S25: whatever bytes a mail or a server is made of, what reads them gives an answer, and raises nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import isolation
from connectors.channels.email import answers, headers, mime, quotes
from connectors.channels.email.items import Items, Place
from connectors.channels.email.options import options_of
from connectors.channels.email.tokens import Tokens
from connectors.incoming import Rejected
from connectors.protocol import Account
from tests.connectors.mails import KEY, Post, mail, post, told

MAILS = [one.read_bytes() for one in sorted((Path(__file__).parent / "payloads" / "email").glob("*.eml"))]
ITEMS = Items(
    options_of(Account(network="email", name="", base_url="", settings={"address": "support@brand.test"})), Tokens(KEY)
)
PIECES = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Message-ID: <", b">", b"References: ", b"Content-Type: ",
        b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=b", b"multipart/report; boundary=b",
        b"message/rfc822", b"message/delivery-status", b"text/plain; charset=", b"text/html", b"utf-7", b"punycode",
        b"\r\n\r\n", b"\r\n", b"\n", b"\r\n ", b"--b\r\n", b"--b--\r\n", b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Disposition: attachment; filename*0*=", b"utf-8''%ff", b"=?utf-8?b?", b"?=", b"=?x?q?", b"=E2",
        b"name*=", b"name*1=", b";", b'"', b"(", b")", b"<", b",", b":", b"@", b"a@b.test", b"\x00", b"\xff\xfe",
        b"format=flowed", b"> quoted", b"On 1 May 2024 Bo wrote:\n", b"Final-Recipient: rfc822;", b"Action: failed\r\n",
        b"Authentication-Results: ", b"dmarc=pass", b"0" * 50, b"Mon, 99 Foo 99999 99:99:99 +9999",
    ]
)  # fmt: skip
BYTES = st.lists(PIECES | st.binary(max_size=6), max_size=60).map(b"".join)


@pytest.fixture
def servers(loopback: None) -> Iterator[Post]:
    with post() as running:
        yield running


def read(content: bytes) -> None:
    found = mime.read(json.dumps({"size": len(content)}).encode() + b"\n" + content)
    json.dumps(found, allow_nan=False)
    try:
        item = ITEMS.item(found, Place("INBOX", 1, 1, None, len(content)))
        if item is not None:
            ITEMS.incoming(item)
    except Rejected as error:
        raise AssertionError(f"{content!r} is rejected: {error}") from error


@settings(max_examples=600, deadline=None)
@given(BYTES)
def test_s25_any_bytes_are_a_mail(content: bytes) -> None:
    read(content)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_s25_a_mail_with_something_wrong_in_it_is_still_one(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(MAILS))
    at = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 40))
    read(content[:at] + data.draw(BYTES) + content[at + length :])


def test_a_control_character_in_an_address_costs_nobody_the_mail() -> None:
    read(b"From:\x7fdana@cust.test>\r\nSubject: Hello\r\n\r\nHello")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="> \nOn1May2024Bowrote:Von-_Betreff", max_size=300) | st.text(max_size=100))
def test_parting_fresh_from_quoted_text_loses_no_word(text: str) -> None:
    fresh, quoted = quotes.split_text(text)
    assert sorted("".join(f"{fresh}{quoted}".split())) == sorted("".join(text.split()))
    assert fresh.strip() or not text.strip()
    quotes.split_html(text)


@given(
    st.text(min_size=1, max_size=80).filter(
        lambda text: text.strip() and text.encode("utf-8", "ignore").decode() == text
    )
)
def test_an_encoded_word_reads_as_it_was_written(text: str) -> None:
    from email.header import Header

    clean = headers.decoded(text) if "=?" not in text else ""
    if clean:
        assert headers.decoded(Header(clean, "utf-8").encode(linesep="\r\n").replace("\r\n", "")) == clean


ANSWER = st.recursive(
    st.sampled_from([b"NIL", b"7", b'"text"', b'"a\\"b"', b"BODY[HEADER.FIELDS (A B)]<0>", b"UID", b"RFC822.SIZE"]),
    lambda inner: st.lists(inner, max_size=4).map(lambda several: b"(" + b" ".join(several) + b")"),
    max_leaves=30,
)


@settings(max_examples=300)
@given(
    st.lists(ANSWER | st.binary(max_size=20) | st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=8)
)
def test_s25_any_answer_of_a_server_can_be_read(data: list[Any]) -> None:
    for one in answers.fetched(data):
        answers.parts(one.get("BODYSTRUCTURE"))
        answers.time(one.get("INTERNALDATE"))
        answers.number(one.get("UID"))
    answers.parts([data, [data]])


def test_an_answer_that_is_nested_without_end_is_read_up_to_a_depth() -> None:
    assert answers.fetched([b"1 (UID 7 BODYSTRUCTURE " + b"(" * 100_000])
    assert answers.fetched([b"1 (UID 7 BODYSTRUCTURE " + b")" * 100_000])


def test_s24_of_a_mail_that_is_too_much_for_its_reader_the_header_comes_in(
    servers: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers.arrives(mail("Words", subject="About a bomb"))
    servers.arrives(mail("Others"))
    # So little memory that not even a harmless mail can be read.
    monkeypatch.setitem(isolation.each.__kwdefaults__ or {}, "memory", 20 * 1024 * 1024)
    items = told(servers.connector())
    assert [item.title for item in items] == ["About a bomb", "My order"]
    assert [item.text for item in items] == [mime.UNREADABLE] * 2
