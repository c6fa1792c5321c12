"""What the pages of the rules show: the head, the list in order, and the rule that is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from inbox.ruling import counts, doings, sentences, tree
from inbox.ruling.book import Book, Rule
from inbox.ruling.faults import Faults
from inbox.ruling.names import Names
from people.shares import grouped
from routing.engine import DEFAULT, DEFAULT_THRESHOLD

PAGE = 100
"""Rules on one page of the list."""


def head(book: Book) -> dict[str, Any]:
    """What the page says above everything, and the state of the draft."""
    share = round(book.thresholds.get(DEFAULT, DEFAULT_THRESHOLD) * 100)
    return {
        "says": gettext(
            "The first rule that matches decides. The classifier decides the rest; below %(share)s%% it asks Triage."
        )
        % {"share": share},
        "is_draft": book.draft is not None,
        "changes": book.changes,
        "revision": "" if book.revision is None else book.revision,
    }


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list."""

    id: int
    place: int
    name: str
    on: bool
    is_open: bool
    state: str
    url: str
    sentence: str
    to: SafeString | str
    decided: str
    back: str
    is_high: bool
    wrong: str
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the list is wanted: the rule that is open, the words looked for, the place to begin at."""

    rule: int | None = None
    words: str = ""
    start: int | None = None

    @classmethod
    def parse(cls, data: Mapping[str, Any], rule: int | None = None) -> "Asked":
        """From an address. Whatever makes no sense is left out."""
        start = str(data.get("from", ""))
        is_place = start.isascii() and start.isdecimal() and len(start) < 6
        words = str(data.get("q", ""))[:100].replace("\0", "").strip()
        return cls(rule, words, int(start) if is_place else None)


def listing(book: Book, names: Names, faults: Faults, asked: Asked) -> dict[str, Any]:
    """A page of the list. One statement for the counts, and those for the names that rules use."""
    rules = book.rules
    found = _found(rules, names, asked.words) if asked.words else rules
    start = 0 if asked.words else _start(book, asked)
    page = found[start : start + PAGE]
    decided = counts.of_rules([rule["id"] for rule in page], timezone.localdate())
    after = len(found) - start - len(page)
    address = reverse("routing")
    return {
        "total": len(rules) or (book.draft is not None and book.published is not None),
        "rows": [_row(rule, book, names, decided.get(rule["id"]), faults, asked.rule) for rule in page],
        "asked": asked.words,
        "is_long": len(rules) > PAGE,
        "earlier": f"{address}?from={max(0, start - PAGE)}" if start else "",
        "later": f"{address}?from={start + PAGE}" if after > 0 and not asked.words else "",
        "after": after,
        "gone": len([pk for pk in book.before if pk not in book.places]) if book.draft else 0,
        "of_all": len(rules),
    }


def _start(book: Book, asked: Asked) -> int:
    if asked.start is not None:
        return min(asked.start, max(0, len(book.rules) - 1))
    return book.places.get(asked.rule or 0, 0) // PAGE * PAGE


def _found(rules: list[Rule], names: Names, words: str) -> list[Rule]:
    wanted = words.casefold().split()
    said = ((rule, f"{rule['name']} {rule['conditions']}".casefold()) for rule in rules)
    return [rule for rule, text in said if all(word in text for word in wanted)]


def _row(rule: Rule, book: Book, names: Names, count: counts.Count | None, faults: Faults, shown: int | None) -> Row:
    count = count or counts.Count()
    wrong = faults.of(rule["id"])
    return Row(
        id=rule["id"],
        place=book.places[rule["id"]] + 1,
        name=rule["name"],
        on=rule.get("on", True),
        is_open=rule["id"] == shown,
        state=book.state(rule),
        url=reverse("rule", args=[rule["id"]]),
        sentence=sentences.summary(rule["conditions"], names),
        to=doings.destination(rule["actions"], names),
        decided=grouped(count.decided),
        back=gettext("%(n)s back") % {"n": grouped(count.back)},
        is_high=count.is_high,
        wrong=("bad" if any(one.is_error for one in wrong) else "warn") if wrong else "",
        why=" ".join(one.text for one in wrong),
    )


def editor(book: Book, rule: Rule, names: Names, faults: Faults) -> dict[str, Any]:
    """The rule that is open, as a sentence."""
    root = tree.rooted(rule["conditions"])
    place = book.places[rule["id"]]
    total = len(book.rules)
    return {
        "id": rule["id"],
        "name": rule["name"],
        "place": place + 1,
        "total": total,
        "is_first": place == 0,
        "is_last": place == total - 1,
        "on": rule.get("on", True),
        "state": book.state(rule),
        "group": sentences.group(root, names),
        "doings": doings.doings(rule["actions"], names),
        "missing": doings.missing(rule["actions"]) if not rule["actions"].get("spam") else [],
        "faults": faults.of(rule["id"]),
    }
