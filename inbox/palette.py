"""The palette: where to go, what to do and whom to find, from a few letters. At most six statements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import CharField, F, OuterRef, Q, Subquery, Value
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from contacts.models import Contact, Identity
from inbox import keyboard, marks
from inbox.fuzzy import NEAR, Match, match
from inbox.models import Conversation, SavedView
from inbox.numbers import row_number
from inbox.palette_pages import PAGES
from inbox.presentation import network_name
from inbox.rows import who
from inbox.search.people import find_others
from inbox.sidebar import FIXED
from people.models import Department

if TYPE_CHECKING:
    from django.http import QueryDict

    from people.models import User

LONGEST, MOST_CAN, MOST_RECENT = 200, 60, 8
# Lines of one group, and of all that is offered before a letter is typed.
_GROUP, _PEOPLE, _FIRST = 7, 5, 12
# What acts wherever one is; everything else only where the page has a button for it.
_EVERYWHERE = frozenset("?")


@dataclass(frozen=True, slots=True)
class Option:
    """A line of the palette: `url` where it leads, or `does` the action that it presses, and there `choice`."""

    name: str
    mark: SafeString | str
    url: str = ""
    does: str = ""
    choice: str = ""
    hint: str = ""
    caps: Sequence[str] = ()
    match: Match = field(default_factory=Match)

    @property
    def shown(self) -> SafeString:
        """The name with what matched in bold."""
        return self.match.marked(self.name)

    @property
    def recent(self) -> str:
        """By which a browser remembers that it was chosen."""
        return f"!{self.does} {self.choice}".strip() if self.does else self.url


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, which actions the page has buttons for, and what was chosen lately."""

    text: str
    can: frozenset[str] = frozenset()
    recent: tuple[str, ...] = ()

    @classmethod
    def parse(cls, values: "QueryDict") -> "Asked":
        """Read it; anything may stand there."""
        text = values.get("q", "").replace("\0", "")[:LONGEST].strip()
        can = values.get("can", "").split("\t")[:MOST_CAN]
        recent = values.get("recent", "").replace("\0", "").split("\t")[:MOST_RECENT]
        return cls(text, frozenset(can) | _EVERYWHERE, tuple(one[:200] for one in recent if one))

    @property
    def only(self) -> str:
        """ ">" for commands, "@" for people, "#" for numbers, else nothing: everything."""
        return self.text[0] if self.text[:1] in (">", "@", "#") else ""

    @property
    def words(self) -> str:
        """What is looked for."""
        return self.text[len(self.only) :].strip()


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under a heading."""

    name: str
    options: Sequence[Option]

    @property
    def leads(self) -> list[Option]:
        """What can be followed without a script."""
        return [one for one in self.options if one.url]


def groups(user: "User", asked: Asked) -> list[Group]:
    """All that fits, the best first; before anything is typed what was chosen lately, and what can be done here."""
    numbered = list(_numbered(user, asked.words)) if asked.only in ("", "#") else []
    found = [Group(_("Conversations"), numbered)] if numbered else []
    return found if asked.only == "#" else [*found, *_found(user, asked)]


def _found(user: "User", asked: Asked) -> list[Group]:
    departments, views = _places(user) if asked.only != "@" else ([], [])
    actions = [] if asked.only == "@" else list(_actions(asked, departments))
    places = [] if asked.only in ("@", ">") else [*_views(departments, views), *_pages(user)]
    if not asked.words:
        return _unasked(user, asked, actions, places)
    people = [] if asked.only == ">" or asked.words.isdecimal() else _people(asked.words)
    acts = Group(_("Actions"), _best(actions, asked))
    persons = Group(_("People"), people)
    # A name that was typed is meant before an action that only has its letters somewhere.
    is_far = all(one.match.rank > NEAR for one in acts.options)
    found = [*((persons, acts) if is_far else (acts, persons)), Group(_("Go to"), _best(places, asked))]
    if not asked.only:
        everywhere = reverse("search") + "?" + urlencode({"q": asked.words})
        says = _("Search all messages for “%(words)s”") % {"words": asked.words}
        found.append(Group(_("Search"), [Option(says, marks.icon("search"), everywhere)]))
    return [group for group in found if group.options]


def _unasked(user: "User", asked: Asked, actions: list[Option], places: list[Option]) -> list[Group]:
    known = {one.recent: one for one in [*actions, *places]}
    known |= {one.url: one for one in _remembered(user, asked.recent)}
    lately = [known[one] for one in asked.recent if one in known]
    plain = [one for one in actions if not one.choice and one not in lately]
    found = [
        Group(_("Recent"), lately),
        Group(_("Actions"), plain[:_FIRST]),
        Group(_("Go to"), [one for one in places if one not in lately][:_FIRST]),
    ]
    return [group for group in found if group.options]


def _best(options: Iterable[Option], asked: Asked) -> list[Option]:
    """Those whose names fit, the best ones first; of equal ones what was chosen lately, then as they come."""
    found = [
        (fit.rank, asked.recent.index(one.recent) if one.recent in asked.recent else MOST_RECENT, place, one, fit)
        for place, one in enumerate(options)
        if (fit := match(asked.words, one.name))
    ]
    return [_with(one, fit) for *_rank, one, fit in sorted(found, key=lambda row: row[:3])[:_GROUP]]


def _with(one: Option, fit: Match) -> Option:
    return Option(one.name, one.mark, one.url, one.does, one.choice, one.hint, one.caps, fit)


def _places(user: "User") -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Departments and saved views. One statement."""
    text = CharField()
    departments = Department.objects.order_by().values_list(Value("q", text), "position", "slug", "name", "mark")
    saved = SavedView.objects.filter(Q(is_shared=True) | Q(by=user)).order_by()
    views = saved.values_list(Value("v", text), Value(0), "slug", "name", Value("", text))
    rows = sorted(departments.union(views, all=True), key=lambda row: (row[0], row[1], str(row[3]).casefold()))
    return (
        [(row[2], row[3], row[4]) for row in rows if row[0] == "q"],
        [(row[2], row[3], row[4]) for row in rows if row[0] == "v"],
    )


def _actions(asked: Asked, departments: list[tuple[str, str, str]]) -> Iterator[Option]:
    order = {"act": 0, "write": 1}
    known = [one for one in keyboard.REGISTRY if one.icon and one.id in asked.can]
    for one in sorted(known, key=lambda one: order.get(one.section, 2)):
        yield Option(str(one.name), marks.icon(one.icon), does=one.id, caps=keyboard.shown(one.id))
        if one.id == "m":
            for slug, name, _mark in departments:
                says = _("Move to %(department)s") % {"department": name}
                yield Option(says, marks.icon("arrow-right-left"), does="m", choice=slug)


def _views(departments: list[tuple[str, str, str]], views: list[tuple[str, str, str]]) -> Iterator[Option]:
    for slug, fixed in FIXED.items():
        url = reverse("inbox") if slug == "open" else reverse("view", args=[slug])
        yield Option(
            str(fixed.title), marks.icon(fixed.icon), url, caps=keyboard.shown(fixed.keys) if fixed.keys else ()
        )
    for place, (slug, name, mark) in enumerate(departments, 1):
        caps = keyboard.caps(f"g {place}") if place < 10 and keyboard.shown("g i") else ()
        yield Option(name, marks.department(mark, ""), reverse("view", args=[f"q/{slug}"]), hint=_("Queue"), caps=caps)
    for slug, name, _mark in views:
        try:
            url = reverse("view", args=[f"v/{slug}"])
        except NoReverseMatch:
            continue
        yield Option(name, marks.icon("bookmark"), url, hint=_("Saved view"))


def _pages(user: "User") -> Iterator[Option]:
    for page in PAGES:
        if page.allows(user) and (url := page.url()):
            caps = keyboard.shown(page.keys) if page.keys else ()
            yield Option(str(page.name), marks.icon(page.icon), url, hint=str(page.part), caps=caps)


def _people(text: str) -> list[Option]:
    """The persons whom the words mean. Three statements."""
    ids = find_others(text, without=0, size=_PEOPLE).ids
    found = {one.pk: one for one in _named(ids)} if ids else {}
    return [_person(found[pk], text) for pk in ids if pk in found]


def _named(ids: Iterable[int]) -> Any:
    first = Identity.objects.filter(contact=OuterRef("pk")).order_by("pk")
    return Contact.objects.filter(pk__in=ids, root=None, is_erased=False).annotate(
        network=Subquery(first.values("network")[:1]),
        called=Subquery(first.values("handle")[:1]),
        named=Subquery(first.values("name")[:1]),
    )


def _person(one: Any, text: str = "") -> Option:
    name = one.name or one.named or one.called or _("Somebody without a name")
    hint = ", ".join(filter(None, [one.called if one.called != name else "", network_name(one.network or "")]))
    mark = marks.customer(name, one.pk, "s20")
    fit = (match(text, name) if text else None) or Match()
    return Option(name, mark, reverse("contact", args=[one.pk]), hint=hint, match=fit)


def _numbered(user: "User", number: str) -> Iterator[Option]:
    """The conversation of that number. One statement."""
    if (pk := row_number(number)) is not None:
        yield from _conversations(user, [pk])


def _conversations(user: "User", ids: Sequence[int]) -> Iterator[Option]:
    columns = (
        "id",
        "snippet",
        "identity__contact__name",
        "identity__name",
        "identity__handle",
        "identity__external_id",
    )
    found = Conversation.objects.visible_to(user).filter(pk__in=ids, identity__contact__is_erased=False)
    for row in found.values(*columns, contact=F("identity__contact_id")):
        name = who(row)
        mark = marks.customer(name, row["contact"], "s20")
        url = reverse("conversation", args=["open", row["id"]])
        yield Option(f"{name} #{row['id']}", mark, url, hint=row["snippet"][:80])


def _remembered(user: "User", recent: Iterable[str]) -> Iterator[Option]:
    """The people and conversations that were chosen lately, as they are called now. At most two statements."""
    people: list[int] = []
    talks: list[int] = []
    for url in recent:
        kind, _slash, number = url.strip("/").rpartition("/")
        if (pk := row_number(number)) is not None:
            {"contacts": people, "inbox/open/c": talks}.get(kind, []).append(pk)
    if people:
        yield from (_person(one) for one in _named(people))
    if talks:
        yield from _conversations(user, talks)
