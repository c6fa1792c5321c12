"""Reading what is to be translated out of the sources, and what is out of a .po file, without gettext's tools."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
APPS = ("connectors", "contacts", "inbox", "people", "routing", "socialcrm")
# What a translator's functions take before the count: a context, a text, its plural.
CALLS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), (None, 0, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1, 2)),
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
_LINE = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d)\])? (".*")$')


class Text(NamedTuple):
    """Something to translate."""

    id: str
    context: str = ""


class Entry(NamedTuple):
    """Something that is translated: the texts as they stand in the .po, and whether they are only a guess."""

    text: Text
    plural: str
    said: list[str]
    is_fuzzy: bool


def sources():
    return [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def templates():
    return sorted((ROOT / "templates").rglob("*.html"))


def wanted():
    """Every text of the sources and templates, with a place where it stands."""
    found = {}
    for path in sources():
        for text in texts(path.read_text()):
            found.setdefault(text, path)
    for path in templates():
        for text in texts(_as_python(path)):
            found.setdefault(text, path)
    return found


def _as_python(path):
    """The calls that stand for a template's texts; everything else that templatize leaves is no Python."""
    calls = re.finditer(
        r"""(?:\b(?:n?p?gettext)|(?<![\w.])_)\((?:u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?:\s*,\s*|\s*\)|\s*$)|count\)?)+""",
        templatize(path.read_text(), origin=str(path)),
        re.S,
    )
    return "\n".join(one[0].rstrip().rstrip(",") + ("" if one[0].rstrip().endswith(")") else ")") for one in calls)


def texts(source):
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in CALLS:
            continue
        context, text, _plural = CALLS[name]
        values = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
        if len(values) > text and isinstance(values[text], str) and values[text]:
            yield Text(values[text], values[context] if context is not None else "")


def entries(path):
    """What a .po file says, its header left out."""
    for block in re.split(r"\n\s*\n", path.read_text()):
        parts, last = {}, None
        for line in block.splitlines():
            if found := _LINE.match(line):
                last = found[1] + (found[2] or "")
                parts[last] = ast.literal_eval(found[3])
            elif line.startswith('"') and last:
                parts[last] += ast.literal_eval(line)
        if parts.get("msgid"):
            said = [parts[name] for name in sorted(parts) if name.startswith("msgstr")]
            is_fuzzy = bool(re.search("^#,.*fuzzy", block, re.M))
            yield Entry(Text(parts["msgid"], parts.get("msgctxt", "")), parts.get("msgid_plural", ""), said, is_fuzzy)


def placeholders(text):
    return sorted(set(_PLACEHOLDER.findall(text)))
