"""What people type when they search: words, "phrases", beginnings*, -not, this OR that, and operators (from:anna).

Pure: no lookups, nothing is refused. Whatever is typed means something, and `str()` of what it means, read again, is
the same. What an operator's value stands for is found out in inbox/search/operators.py.
"""

import re
from dataclasses import dataclass

# Characters that a field takes; and of a query, the parts that are read.
LONGEST = 300
_MOST = 40
_OR = "OR"

# Those that are always there. Attributes of contacts add more, by their slugs.
OPERATORS = ("from", "network", "department", "role", "tag", "is", "has", "before", "after")
_TOKEN = re.compile(
    r"""(?P<minus>-?)
    (?:(?P<name>[^\W\d_][\w-]{0,49}):(?!//))?
    (?:"(?P<quoted>[^"]*)(?:"|$)|(?P<bare>[^\s"]*))""",
    re.VERBOSE,
)
_NAMED = re.compile(r"[^\W\d_][\w-]{0,49}:(?!//)")
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase to be found. `prefix`: any word that begins with it."""

    text: str
    is_phrase: bool = False
    prefix: bool = False
    excluded: bool = False

    def __str__(self) -> str:
        text = f'"{self.text}"' if self.is_phrase else self.text
        return f"{'-' if self.excluded else ''}{text}{'*' if self.prefix else ''}"


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition with a name. Excluded ones must not hold."""

    name: str
    value: str
    excluded: bool = False

    def __str__(self) -> str:
        plain = self.value and not re.search(r'[\s"]', self.value)
        return f"{'-' if self.excluded else ''}{self.name}:{self.value if plain else f'{chr(34)}{self.value}{chr(34)}'}"


# Terms of which one is enough; most groups have one term.
Group = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """All groups have to be found, and all operators have to hold."""

    groups: tuple[Group, ...] = ()
    operators: tuple[Operator, ...] = ()

    def __str__(self) -> str:
        groups = (" OR ".join(str(term) for term in group) for group in self.groups)
        return " ".join([*(str(one) for one in self.operators), *groups])

    @property
    def is_empty(self) -> bool:
        """Nothing was asked."""
        return not self.groups and not self.operators

    @property
    def words(self) -> list[str]:
        """The texts that are looked for, without those that must not be there."""
        return [term.text for group in self.groups for term in group if not term.excluded]

    def without(self, operator: Operator) -> "Query":
        """The same without one of the operators."""
        return Query(self.groups, tuple(one for one in self.operators if one != operator))


def parse(text: str, *, typing: bool = False) -> Query:
    """Read a query. While somebody is `typing`, the last word is the beginning of one."""
    tokens = _tokens(text.replace("\0", ""))[:_MOST]
    groups: list[Group] = []
    operators: list[Operator] = []
    joins = False
    for token in tokens:
        if token == _OR:
            joins = bool(groups)
            continue
        if isinstance(token, Operator):
            if token not in operators:
                operators.append(token)
        elif isinstance(token, Term):
            # "a OR -b" would be nearly everything: what is excluded stands alone.
            if joins and not token.excluded and not groups[-1][0].excluded:
                groups[-1] = (*groups[-1], token)
            else:
                groups.append((token,))
        joins = False
    if typing and tokens and isinstance(tokens[-1], Term) and groups and not text[-1:].isspace():
        groups[-1] = (*groups[-1][:-1], _begun(groups[-1][-1]))
    return Query(tuple(groups), tuple(operators))


def parse_words(text: str) -> Query:
    """Read a query where there are no operators: what looks like one is a phrase like others."""
    query = parse(text)
    phrases = [(Term(f"{one.name}:{one.value}", is_phrase=True, excluded=one.excluded),) for one in query.operators]
    return Query((*query.groups, *phrases))


def _begun(term: Term) -> Term:
    return term if term.is_phrase else Term(term.text, prefix=True, excluded=term.excluded)


def _tokens(text: str) -> list[Term | Operator | str]:
    found: list[Term | Operator | str] = []
    at = 0
    while (at := _after(_SPACE, text, at)) < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            at += 1
            continue
        at = match.end()
        token = _token(match)
        if token:
            found.append(token)
    return found


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _token(match: re.Match[str]) -> Term | Operator | str | None:
    excluded = bool(match["minus"])
    quoted, bare, name = match["quoted"], match["bare"], match["name"]
    if name:
        value = " ".join((bare if quoted is None else quoted).split())
        if value or name.lower() in OPERATORS:
            return Operator(name.lower(), value, excluded)
        return _word(f"{name}:", excluded)
    if quoted is not None:
        phrase = " ".join(quoted.split())
        return Term(phrase, is_phrase=True, excluded=excluded) if has_words(phrase) else None
    return _OR if bare == _OR and not excluded else _word(bare, excluded)


def _word(bare: str, excluded: bool) -> Term | None:
    text = bare.lstrip("-:*").rstrip("-:*")
    if not has_words(text):
        return None
    if text == _OR or _NAMED.match(text):
        # Would be read as something else; in quotation marks it is what it is.
        return Term(text, is_phrase=True, excluded=excluded)
    return Term(text, prefix=bare.endswith("*"), excluded=excluded)


def has_words(text: str) -> bool:
    """Whether anything in it can be searched: letters and figures, and signs that stand for themselves (emoji)."""
    return any(character.isalnum() or ord(character) > 0x2000 for character in text)
