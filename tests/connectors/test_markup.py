import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.markup import MAX_DEPTH, safe, text_of
from connectors.tags import MAX_HTML

REL = 'target="_blank" rel="noopener noreferrer nofollow ugc"'


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("just words", "just words"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br/><br />Three", "One\nTwo\n\nThree"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("One \n  &nbsp; more", "One more"),
        ("<b>bo</b>ld", "bold"),
        ("<ul><li>a</li><li>b<ol><li>c<li>d</ol></ul>e", "- a\n- b\n  1. c\n  2. d\n\ne"),
        ("<blockquote>old<br>words</blockquote>new", "> old\n> words\n\nnew"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</table>", "1 2\n3"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<head><title>T</title><style>p{}</style></head>x<script>1<2</script>y", "xy"),
        ("a<!-- b --><!--[if mso]>c<![endif]-->d<!>e<?php f?>g", "adeg"),
        ("1 < 2 &amp; 3 &gt; 2 &#8364; &#x20ac; &#99999999999999;", "1 < 2 & 3 > 2 € € \ufffd"),
        ('<img alt="A cat" src=x> <img src=pixel>', "[A cat]"),
        ("<p>a<style>never closed</p>b", "anever closed\n\nb"),
        ("a\x00b\ud800", "ab\ufffd"),
    ],
)
def test_it_reads_what_a_reader_reads(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ('<a href="https://x.example/a?b=1&amp;c=2">here</a>.', "here (https://x.example/a?b=1&c=2)."),
        ('<a href="https://www.x.example/">x.example</a>', "x.example"),
        ('<a href="https://evil.example/">bank.example</a>', "bank.example (https://evil.example/)"),
        ('<a href="mailto:bo@x.example?subject=Hi">bo@x.example</a>', "bo@x.example"),
        ('<a href="mailto:bo@x.example">Bo</a>', "Bo (mailto:bo@x.example)"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<a href="/relative">here</a>', "here"),
        ('<a href="https://m.example/@bo" class="mention">@<span>bo</span></a>', "@bo"),
        ('<a href="https://x.example/"></a>', ""),
        (f'<a href="https://x.example/{"a" * 400}">here</a>', "here (https://x.example/…)"),
    ],
)
def test_a_link_shows_its_address_where_the_words_hide_it(link: str, text: str) -> None:
    assert text_of(link) == text


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>One<p>Two", "<p>One</p><p>Two</p>"),
        ('<p id=a class=b style="x" data-x=1 hx-get=/ onclick=x>One</p>', "<p>One</p>"),
        ('<a href="https://x.example/">x</a>', f'<a href="https://x.example/" {REL}>x</a>'),
        ("<a href='javascript:alert(1)'>x</a>", f"<a {REL}>x</a>"),
        ("<a href=/logout>x</a>", f"<a {REL}>x</a>"),
        (
            '<a href="https://e.example">www.b.example</a>',
            f'<a href="https://e.example" {REL}>www.b.example (e.example)</a>',
        ),
        ("<img src='https://t.example/pixel'><img alt='A <b>' src=x>", "[A &lt;b&gt;]"),
        ("<script>alert(1)</script><style>p{}</style><iframe src=x></iframe>", ""),
        ("<form action=/x><input name=a><button>Go</button></form>", "Go"),
        ("<h1>Big</h1>small", "<p><strong>Big</strong></p>small"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<b><i>x</b>y</i>z", "<b><i>x</i></b>yz"),
        ("</div></p>x", "x"),
        (
            "<table><tr><td colspan=2 rowspan=999>a<tr><td>b</table>",
            '<table><tbody><tr><td colspan="2">a</td></tr><tr><td>b</td></tr></tbody></table>',
        ),
    ],
)
def test_it_shows_formatting_and_nothing_else(html: str, shown: str) -> None:
    assert safe(html).strip() == shown


BOMBS = {
    "nested": "<div>" * 200_000,
    "nested formatting": "<b><i><u>" * 100_000,
    "nested lists": "<ul><li>" * 100_000,
    "formatting left open": "".join(f"<font size={n}>" for n in range(2_000)) + "<p>x" * 200_000,
    "misnested": "<b><i></b></i>" * 70_000,
    "tables": "<table><b>x" * 90_000,
    "open comments": "<!--" * 250_000,
    "open quotes": '<a b="' * 160_000,
    "open scripts": "<script>" * 120_000,
    "less than": "<" * 1_000_000,
    "ampersands": "&" * 1_000_000,
    "a number": "&#" + "1" * 1_000_000,
    "spaces in a tag": "<a " + " " * 1_000_000,
    "equals": "<a " + "= " * 500_000,
    "too long": "x" * (3 * MAX_HTML),
}


@pytest.mark.parametrize("html", BOMBS.values(), ids=BOMBS)
def test_s24_a_bomb_is_read_and_shown_in_a_moment(html: str) -> None:
    # A plain parser takes minutes for some of these, in which the test would be ended.
    assert len(text_of(html)) <= MAX_HTML + 1
    assert len(safe(html)) < 6 * MAX_HTML


def test_s24_nothing_is_nested_deeper_than_allowed() -> None:
    assert safe("<div>" * 1_000 + "x").count("<div>") == MAX_DEPTH


PIECES = st.sampled_from(
    "< > </ <!-- --> \" ' = & ; <b> </b> <p> </p> <a <td> <table> </table> <svg> <math> <style> </style> <script> "
    "href= https://x.example/ javascript:x onerror=x <img src= alt= hx-get=/ style= id=x class=y &lt; &#0; &#x110000;"
    " \x00 words <template> <noscript> <textarea> <select> <plaintext> <![CDATA[ ]]> /".split(" ")
)
ALLOWED = re.compile(
    r'<(?:/[a-z]+|[a-z]+(?: (?:href="(?:https?|mailto|tel):[^"]*"|(?:col|row)span="\d+"|target="_blank"|'
    r'rel="[a-z ]+"))*)>'
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map(" ".join) | st.lists(PIECES, max_size=40).map("".join))
def test_s20_whatever_comes_in_only_what_is_allowed_comes_out(html: str) -> None:
    shown = safe(html)
    assert "<" not in ALLOWED.sub("", shown)
    assert isinstance(text_of(html), str)
    assert safe(shown).count("<") <= shown.count("<") + 2 * MAX_DEPTH
