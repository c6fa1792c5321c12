"""The admins' lists of own and rival products: kept without contradictions, and ready to be searched for."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from routing.catalogue import Catalogue, Named, spelling
from routing.models import Product

if TYPE_CHECKING:
    from people.models import User

MOST, MOST_WORDS, LONGEST = 2_000, 50, 100
_SHORTEST = 2
_LOCK = 7_351  # any number that no other advisory lock of ours has


class BadProduct(ValueError):
    """What is wrong with a product, for people. `field`: which of the things that were given it is about."""

    def __init__(self, why: str, *, field: str = "words") -> None:
        super().__init__(why)
        self.field = field


class Given(NamedTuple):
    """A product as somebody writes it down."""

    name: str
    words: Sequence[str]


def catalogue() -> Catalogue:
    """What texts are searched for. One statement; compiled again only where something has changed."""
    rows = Product.objects.order_by("pk").values_list("name", "words", "is_rival")
    return _compiled(tuple((name, tuple(words), is_rival) for name, words, is_rival in rows))


@lru_cache(maxsize=2)
def _compiled(rows: tuple[tuple[str, tuple[str, ...], bool], ...]) -> Catalogue:
    return Catalogue([Named(*row) for row in rows])


@transaction.atomic
def add(given: Collection[Given], *, is_rival: bool, by: "User") -> list[Product]:
    """Take products up, all or none. Raises BadProduct."""
    if not given:
        raise BadProduct(_("Nothing stands here. Write a product on each line."), field="text")
    taken = _lock()
    if Product.objects.count() + len(given) > MOST:
        raise BadProduct(_("There can be %(n)s products. Delete some first.") % {"n": MOST}, field="text")
    made = []
    for one in given:
        name, words = _checked(one, taken)
        made.append(Product(name=name, words=words, is_rival=is_rival, by=by))
    return Product.objects.bulk_create(made)


@transaction.atomic
def change(product: int, given: Given, *, is_rival: bool) -> None:
    """Call it this, spell it so. Raises BadProduct; nothing where it is gone."""
    taken = _lock(apart_from=product)
    name, words = _checked(given, taken)
    Product.objects.filter(pk=product).update(name=name, words=words, is_rival=is_rival)


def delete(product: int) -> None:
    """It is looked for no more."""
    Product.objects.filter(pk=product).delete()


def parse(text: str) -> list[Given]:
    """A pasted list: on each line a name, and after a colon its other spellings with commas between them."""
    found = []
    for line in text.splitlines():
        name, _colon, words = line.partition(":")
        if line.strip():
            found.append(Given(name.strip(), split(words)))
    return found


def split(text: str) -> list[str]:
    """Spellings with commas or line breaks between them."""
    return [word.strip() for word in text.replace("\n", ",").split(",") if word.strip()]


def _lock(apart_from: int | None = None) -> dict[tuple[str, ...], str]:
    """One change at a time; returns whose spelling is whose."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    rows = Product.objects.exclude(pk=apart_from or 0).values_list("name", "words")
    return {spelling(word): name for name, words in rows for word in (name, *words)}


def _checked(given: Given, taken: dict[tuple[str, ...], str]) -> tuple[str, list[str]]:
    """Its name and further spellings, each once; `taken` then knows them. Raises BadProduct."""
    name = " ".join(given.name.split())
    kept: list[str] = []
    own: set[tuple[str, ...]] = set()
    for word in (name, *(" ".join(word.split()) for word in given.words)):
        field = "words" if own else "name"
        pieces = _pieces(word, field)
        if pieces in own:
            continue
        if pieces in taken:
            said = {"word": word, "product": taken[pieces]}
            raise BadProduct(
                _("“%(word)s” is a spelling of %(product)s already. Take it away there.") % said, field=field
            )
        own.add(pieces)
        kept.append(word)
    if len(kept) > MOST_WORDS + 1:
        raise BadProduct(_("%(name)s has more than %(n)s spellings.") % {"name": name, "n": MOST_WORDS})
    taken.update(dict.fromkeys(own, name))
    return name, kept[1:]


def _pieces(word: str, field: str) -> tuple[str, ...]:
    if "\0" in word:
        raise BadProduct(_("This holds a character that cannot be kept. Type it anew."), field=field)
    if not word:
        raise BadProduct(_("A product has no name. Write it before the colon."), field=field)
    if len(word) > LONGEST:
        said = {"word": f"{word[:30]}…", "n": LONGEST}
        raise BadProduct(_("“%(word)s” is too long. Write at most %(n)s characters.") % said, field=field)
    pieces = spelling(word)
    if len("".join(pieces)) < _SHORTEST:
        raise BadProduct(
            _("“%(word)s” is too short to be found. Write two letters or digits.") % {"word": word}, field=field
        )
    return pieces
