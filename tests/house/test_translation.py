"""Everything that a person reads is marked for translation, and German is complete."""

import ast
import gettext
import re
from functools import partial
from html.parser import HTMLParser

from django.conf import settings
from django.template.base import Lexer, TokenType

from tests.house.catalogue import ROOT, Text, entries, placeholders, sources, templates, texts, wanted

PO = ROOT / "locale/de/LC_MESSAGES/django.po"
# Names, and what is the same in every language.
SAME = {"SocialCRM", "https", "ms"}
# What is typed just so: an operator of the search, the name of a system.
TYPED = {
    "templates/inbox/facts/role_kinds.html": {"role"},
    "templates/inbox/imports/index.html": {"hubspot"},
    # A class of the frame.
    "templates/inbox/macros/index.html": {"with", "side"},
}
READ = {"title", "placeholder", "aria-label", "alt", "aria-description"}
# Nothing is translated there: it stands by itself when all else is broken; and what a shell or a network is told.
APART = {"500.html"}
VERBATIM = {"code", "script", "style", "kbd", "svg", "pre"}


class Reader(HTMLParser):
    """Gathers the texts of a page that a person reads."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.inside, self.found = [], []

    def handle_starttag(self, tag, attrs):
        if tag in VERBATIM:
            self.inside.append(tag)
        self.found += [value for name, value in attrs if name in READ and value]

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.found.append(data)


def untranslated(path):
    kept, is_within = [], False
    for token in Lexer(path.read_text()).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.contents.split()[0]
            is_within = name in ("blocktranslate", "blocktrans", "comment", "verbatim") or (
                is_within and not name.startswith("end")
            )
        elif token.token_type == TokenType.TEXT and not is_within:
            kept.append(token.contents)
            continue
        kept.append(" ")
    reader = Reader()
    reader.feed("".join(kept))
    words = (re.findall(r"[^\W\d_]{2,}", text) for text in reader.found)
    return {word for found in words for word in found} - SAME


def test_templates_say_nothing_that_is_not_marked_for_translation():
    bare = {str(path.relative_to(ROOT)): untranslated(path) for path in templates() if path.name not in APART}
    assert {path: words for path, words in bare.items() if words - TYPED.get(path, set())} == {}


def test_what_is_to_be_translated_is_found_in_sources_and_templates():
    found = wanted()
    assert len(found) > 1_000
    for text in ("Keyboard shortcuts", "Move to %(department)s", "{n} h ago", "%(n)s more like this"):
        assert Text(text) in found


def test_no_sentence_is_put_together_from_a_value_without_a_name():
    # Another language may need another order.
    assert [text.id for text in wanted() if len(re.findall(r"%[sd]", text.id)) > 1] == []


def test_no_text_hides_where_gettext_cannot_see_it():
    """xgettext does not look into f-strings."""
    strings = [
        (path.name, node.lineno)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.JoinedStr) and list(texts(ast.unparse(node)))
    ]
    assert strings == []


def test_every_text_has_its_german():
    known = {one.text: one for one in entries(PO)}
    assert sorted({text.id for text in wanted()} - {text.id for text in known}) == []
    assert [one.text.id for one in known.values() if not all(one.said) or one.is_fuzzy] == []


def test_the_german_says_the_same_values():
    wrong = [
        (one.text.id, said)
        for one in entries(PO)
        for said in one.said
        if placeholders(said) not in (placeholders(one.text.id), placeholders(one.plural or one.text.id))
    ]
    assert wrong == []


def test_what_is_compiled_is_what_is_written():
    with PO.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for one in entries(PO):
        context, text = one.text.context, one.text.id
        if one.plural:
            form = partial(compiled.npgettext, context) if context else compiled.ngettext
            said = [form(text, one.plural, n) for n in (1, 2)]
        else:
            said = [compiled.pgettext(context, text) if context else compiled.gettext(text)]
        assert said == one.said, text


def test_the_languages_that_can_be_chosen_are_these():
    assert [code for code, _name in settings.LANGUAGES] == ["en", "de"]
