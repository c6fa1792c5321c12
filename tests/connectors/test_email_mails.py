"""What is read of mails as the usual programs write them: tests/connectors/payloads/email/."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.channels.email.tokens import Tokens
from connectors.incoming import Incoming
from tests.connectors.mails import KEY, Post, mail, original_of, post

MAILS = Path(__file__).parent / "payloads" / "email"
Read = Callable[..., Incoming]


@pytest.fixture
def servers(loopback: None) -> Iterator[Post]:
    with post() as running:
        yield running


@pytest.fixture
def read(servers: Post) -> Read:
    """What the connector makes of a recorded mail; keyword arguments are settings."""

    def make(name: str, **settings: str) -> Incoming:
        return servers.one((MAILS / f"{name}.eml").read_bytes(), **settings)

    return make


def test_gmail(read: Read) -> None:
    item = read("gmail_reply", judge="mx.brand.test")
    assert item.author.external_id == item.author.handle == item.author.email == "dana@cust.test"
    assert item.author.name == "Dana Müller"
    assert item.title == "Re: Where is my order?"
    assert item.text == "It came today, thank you ☺\n\nDana"
    assert item.quoted.startswith("On Fri, 13 Nov 2026 at 18:00, Brand Support")
    assert "Where is it?" in item.quoted
    assert "<b>today</b>" in item.html
    assert "on its way" not in item.html
    assert item.thread_id == "first@cust.test"
    assert item.parent_id == "CAB+second@mail.gmail.com"
    assert item.kind == "email"
    assert not item.automatic
    assert item.raw["others"] == ["bo@cust.test"]
    assert item.raw["authentication"] == {"dkim": "pass", "spf": "pass", "dmarc": "pass", "verdict": "pass"}


def test_outlook_in_german_with_a_picture(read: Read) -> None:
    item = read("outlook_html")
    assert item.author.name == "Weber, Karl"
    assert item.text.startswith("Sehr geehrte Damen und Herren,\n\ndie Lieferung ist beschädigt.")
    assert item.text.endswith("Karl Weber")
    assert item.quoted.startswith("Von: Brand Support")
    assert "<b>beschädigt</b>" in item.html
    assert "unterwegs" not in item.html
    (picture,) = item.attachments
    assert (picture.kind, picture.name) == ("image", "image001.png")


def test_apple_mail_in_french_with_a_file(read: Read) -> None:
    item = read("apple_mail")
    assert item.title == "Re: Votre commande n° 12 — délai"
    assert item.text == "Merci, c’est parfait."
    assert "part demain" in item.quoted
    assert "part demain" not in item.html
    (file,) = item.attachments
    assert file.name == "reçu €.pdf"


def test_answers_between_the_questions_are_not_taken_apart(read: Read) -> None:
    item = read("thunderbird_inline")
    assert item.quoted == ""
    assert "> Which colour would you like, and do you want us to send it to your office?\nBlue, please." in item.text
    assert item.text.endswith("It should not come before nine, because nobody is here then.")


def test_an_answer_below_the_question_is_what_is_fresh(read: Read) -> None:
    item = read("bottom_post")
    assert item.text == "Blue, please."
    assert item.quoted == "Brand Support wrote on 13.11.2026 18:00:\n> Which colour would you like?"


def test_a_list_is_automatic_and_its_footer_does_not_replace_the_mail(read: Read) -> None:
    item = read("list")
    assert item.text.startswith("The new pump is loud.")
    assert "<i>loud</i>" in item.html
    assert item.automatic


def test_an_absence_note_is_automatic(read: Read, servers: Post) -> None:
    item = read("absence")
    assert item.automatic
    assert item.text == "I am away until Monday."
    able = servers.connector().capability(original_of(item))
    assert able.can_reply
    assert able.notice == "A program sent this mail. Perhaps nobody reads your answer."


def test_winmail_dat_is_a_file(read: Read) -> None:
    item = read("winmail")
    assert item.text == "Price: 5 EUR"
    assert [one.name for one in item.attachments] == ["winmail.dat"]


def test_of_a_mail_that_is_only_forwarded_nothing_is_folded(read: Read) -> None:
    item = read("forwarded")
    assert "You owe us 5 EUR." in item.text
    assert "Inner words" not in item.text
    assert [one.name for one in item.attachments] == ["attachment-2.eml"]


def test_a_form_on_our_own_site_speaks_for_its_visitor(read: Read) -> None:
    item = read("contact_form")
    assert item.author.external_id == "visitor@cust.test"
    assert item.text == "Do you deliver to Norway?"


def test_broken_encodings_cost_no_mail(read: Read) -> None:
    item = read("broken_charset")
    assert item.author.name == "中文"
    assert item.title.startswith("caf")
    assert "Hello" in item.text
    assert item.external_id.startswith("hash:")


def test_eight_bits_without_a_word_about_them_are_read(read: Read) -> None:
    item = read("raw_8bit")
    assert item.author.name == "Jörg"
    assert item.title == "Größe"
    assert item.text == "Grüße aus Köln"


def test_a_bounce_of_our_reply_stands_where_the_reply_does(servers: Post) -> None:
    ours = Tokens(KEY).message_id(
        "6f1f0b5e-3f0e-4a3c-9d0e-0c6a4c1d2e3f", "m1@cust.test", "dana@cust.test", "brand.test"
    )
    bounce = (MAILS / "bounce.eml").read_bytes().replace(b"OUR-ID", ours.encode())
    item = servers.one(bounce)
    assert item.author.external_id == "dana@cust.test"
    assert item.thread_id == "m1@cust.test"
    assert item.parent_id == "reply:6f1f0b5e3f0e4a3c9d0e0c6a4c1d2e3f"
    assert item.automatic
    assert item.text.startswith("The reply to dana@cust.test could not be delivered.\nThe mail server says: 5.1.1: 550")
    assert "User unknown" in item.text
    assert "I'm sorry" in item.quoted


def test_s15_a_bounce_in_the_name_of_somebody_whom_the_reply_did_not_go_to_stays_with_its_sender(servers: Post) -> None:
    ours = Tokens(KEY).message_id("6f1f0b5e-3f0e-4a3c-9d0e-0c6a4c1d2e3f", "m1@cust.test", "eve@evil.test", "brand.test")
    bounce = (MAILS / "bounce.eml").read_bytes().replace(b"OUR-ID", ours.encode())
    assert servers.one(bounce).author.external_id == "mailer-daemon@mx.brand.test"


def test_a_mail_without_words_says_so(servers: Post) -> None:
    assert servers.one(mail("")).text == "(This mail has no text.)"


def test_who_is_not_named_is_unknown(servers: Post) -> None:
    item = servers.one(mail(sender="undisclosed"))
    assert item.author.external_id == "unknown"
    assert not servers.connector().capability(original_of(item)).can_reply
