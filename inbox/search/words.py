"""Words and phrases in SQL: PostgreSQL's full text, in its simple configuration, which knows no language.

`inbox_words` (a function of the database, migration 0010) makes the words of a message's title and text, with every
Chinese, Japanese or Korean character a word of its own, for those scripts have no spaces: what is typed in them is
found as a phrase of characters, wherever it stands.
"""

import re
from collections.abc import Callable

from inbox.search.conditions import Sql, joined
from inbox.search.query import Group, Query, Term

WORDS = "inbox_words(m.title, m.text)"
_CJK = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")
_RUNS = re.compile(r"[^\W_]+")


def matching(query: Query) -> Sql | None:
    """A tsquery of all that is asked; None where nothing is to be found, only left out."""
    return _tsquery_of(_indexed(query), _exact)


def possible(query: Query) -> Sql | None:
    """A tsquery that the index answers by itself, and quickly: whatever `matching` is true of is among it, but the
    words of a phrase may stand anywhere, and beside whole words what is only the beginning of one is left out. None
    where there is no difference."""
    groups = _indexed(query)
    kept = [group for group in groups if not _is_vague(group)]
    if all(group[0].excluded for group in kept):
        kept = groups
    if kept == groups and not any(_is_loose(term) for group in groups for term in group):
        return None
    return _tsquery_of(kept, _anywhere)


def _is_vague(group: Group) -> bool:
    """Whether the index had to read very much for it, or would leave out too much."""
    if group[0].excluded:
        return _is_loose(group[0]) or _begins(group[0])
    return any(_begins(term) for term in group)


def _begins(term: Term) -> bool:
    """Whether it ends with the beginning of a word. Of a script without spaces every character is a word."""
    return term.prefix and _is_indexed(term) and not _CJK.fullmatch(_runs(term)[-1])


def has(query: Query) -> Sql:
    """That one message has the words that `matching` asks for: told quickly of most, by the letters of their texts."""
    match = matching(query)
    if match is None:
        return Sql("true")
    letters = joined([found for group in query.groups if not group[0].excluded and (found := _letters(group))])
    # IS TRUE, so that it is asked of the messages at hand, and no index is asked for all that have the words.
    return Sql(f"{letters.text} AND ({WORDS} @@ ({match.text})) IS TRUE", (*letters.params, *match.params))


def unindexed(query: Query) -> list[Sql]:
    """What no index knows: signs such as emoji, looked for as they are; what is left out where no word is sought."""
    asked = []
    for group in query.groups:
        signs = [term for term in group if not _is_indexed(term)]
        if signs:
            found = joined([Sql("strpos(m.title || ' ' || m.text, %s) > 0", (term.text,)) for term in signs], " OR ")
            asked.append(found.negated() if group[0].excluded else found)
    if matching(query) is None:
        for group in query.groups:
            if _is_indexed(group[0]):
                one = _exact(group[0])
                asked.append(Sql(f"({WORDS} @@ {one.text}) IS NOT TRUE", one.params))
    return asked


def _indexed(query: Query) -> list[Group]:
    return [group for group in query.groups if any(_is_indexed(term) for term in group)]


def _is_indexed(term: Term) -> bool:
    return bool(_RUNS.search(term.text))


def _is_loose(term: Term) -> bool:
    """Whether it is several words, which have to stand in their order."""
    return len(_runs(term)) > 1


def _runs(term: Term) -> list[str]:
    return _RUNS.findall(_spaced(term))


def _tsquery_of(groups: list[Group], form: Callable[[Term], Sql]) -> Sql | None:
    if not any(not term.excluded for group in groups for term in group):
        return None
    parts = []
    for group in groups:
        terms = [form(term) for term in group if _is_indexed(term)]
        either = " || ".join(one.text for one in terms)
        negation = "!!" if group[0].excluded else ""
        parts.append(Sql(f"{negation}({either})", tuple(value for one in terms for value in one.params)))
    return Sql(" && ".join(part.text for part in parts), tuple(one for part in parts for one in part.params))


def _spaced(term: Term) -> str:
    return " ".join(_CJK.sub(r" \1 ", term.text).split())


def _exact(term: Term) -> Sql:
    if not _begins(term):
        return Sql("phraseto_tsquery('simple', %s)", (_spaced(term),))
    *before, last = _runs(term)
    begun = Sql("to_tsquery('simple', %s)", (f"'{last}':*",))
    if not before:
        return begun
    return Sql(f"(phraseto_tsquery('simple', %s) <-> {begun.text})", (" ".join(before), *begun.params))


def _anywhere(term: Term) -> Sql:
    if not _is_loose(term):
        return _exact(term)
    whole = _runs(term)[:-1] if _begins(term) else [_spaced(term)]
    return Sql("plainto_tsquery('simple', %s)", (" ".join(whole),))


def _letters(group: Group) -> Sql | None:
    """Every run of letters and figures of a term stands in the text; where a term has none, nothing is said."""
    parts = []
    for term in group:
        runs = _RUNS.findall(term.text)
        if not runs:
            return None
        parts.append(joined([Sql("strpos(lower(m.title || ' ' || m.text), lower(%s)) > 0", (run,)) for run in runs]))
    return joined(parts, " OR ")
