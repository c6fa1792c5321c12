"""What networks' modules say is told in German as well: each of their sentences is declared for translators."""

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation import override

from connectors import sentences

ROOT = Path(__file__).parents[2] / "connectors"
MODULES = [*(ROOT / "channels").rglob("*.py"), ROOT / "unreached.py", ROOT / "signatures.py", ROOT / "outbound.py"]
SAID_BY = {"ConnectorError": ("remedy",), "Forged": (), "Refusal": ("remedy",), "Dropped": ("remedy",)}
# The network's own words alone, with where they stand.
THEIR_OWN = re.compile(r"7( \(.*\))?")


def written(node):
    """A literal with a number for each value; nothing for what is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
    return ""


def said(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "")
            if name in SAID_BY:
                yield from (written(one) for one in node.args[:1])
                yield from (written(one.value) for one in node.keywords if one.arg in SAID_BY[name])
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("message", "remedy"):
            yield written(node.value)


def begins_one(text):
    """Whether some declared sentence is this one with its last value filled in."""
    return text.endswith("7") and any(one.startswith(text[:-1]) for one in sentences.DECLARED)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_sentence_of_a_module_is_declared(module):
    found = {one for one in said(ast.parse(module.read_text())) if " " in one and not THEIR_OWN.fullmatch(one)}
    assert {one for one in found if not (sentences.SENTENCES.fits(one) or begins_one(one))} == set()


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("X allows no more calls for now.", "X erlaubt vorerst keine weiteren Aufrufe."),
        ("The server did not answer in time.", "Der Server hat nicht rechtzeitig geantwortet."),
        ("Bluesky did not answer in time.", "Bluesky hat nicht rechtzeitig geantwortet."),
        ("mail.example does not accept the login: {5} %(no)s", "mail.example nimmt die Anmeldung nicht an: {5} %(no)s"),
        ("Nobody has signed in yet. Sign in again.", "Noch niemand hat sich angemeldet. Melden Sie sich erneut an."),
        ("Unsupported get request. (code 100)", "Unsupported get request. (code 100)"),
        ("", ""),
    ],
)
def test_it_is_told_in_german_with_the_words_of_the_network_as_they_are(text, german):
    with override("de"):
        assert sentences.told(text) == german
    with override("en"):
        assert sentences.told(text) == text
