"""Which persons a name, handle or address means, in SQL. Names are compared folded, see contacts/names.py.

Every account has its name, handle and address in `search_key`, with an index of trigrams; what a colleague called
somebody stands in the contact's `sort_key`, with another one.
"""

from contacts.names import fold
from inbox.search.conditions import Sql, beginning, joined


def words_of(text: str) -> list[str]:
    """The words of a name to look for, folded; an @ before a handle is not part of it."""
    return [word for part in fold(text).split() if (word := part.strip("@,;"))]


# What separates the parts of a handle or an address.
_SEPARATORS, _SPACES = "@._-/", "     "


def matches(column: str, word: str) -> Sql:
    """That a word of a column, or a part of a handle or address, begins with this one."""
    if len(word) < 4:
        # In the middle of words three letters stand in nearly every name; at the start of one they tell something.
        return Sql(f"{column} LIKE %s OR {column} LIKE %s", (beginning(word), f"% {beginning(word)}"))
    begins = f"strpos(' ' || translate({column}, '{_SEPARATORS}', '{_SPACES}'), %s) > 0"
    parts = word.translate(str.maketrans(_SEPARATORS, _SPACES))
    return Sql(f"{column} LIKE %s AND {begins}", (f"%{beginning(word)}", f" {parts}"))


def named(text: str) -> Sql | None:
    """The ids of the persons whose names, handles or addresses have all words of a text; None where it has no words."""
    asked = _asked(text)
    if asked is None:
        return None
    key, name = asked
    found = f"SELECT one.contact_id FROM contacts_identity one WHERE {key.text}"  # noqa: S608 - constants
    if name is None:
        return Sql(found, key.params)
    return Sql(
        f"{found} UNION ALL SELECT coalesce(one.root_id, one.id) FROM contacts_contact one"  # noqa: S608
        f" WHERE one.named_by_id IS NOT NULL AND {name.text}",
        (*key.params, *name.params),
    )


def is_named(text: str) -> Sql | None:
    """That `p` is one of them; asked of one person after another."""
    asked = _asked(text)
    if asked is None:
        return None
    key, name = asked
    found = f"EXISTS (SELECT FROM contacts_identity one WHERE one.contact_id = p.id AND ({key.text}) OFFSET 0)"  # noqa: S608
    if name is None:
        return Sql(found, key.params)
    return Sql(
        f"{found} OR EXISTS (SELECT FROM contacts_contact one"
        f" WHERE one.id = p.id AND one.named_by_id IS NOT NULL AND {name.text} OFFSET 0)",
        (*key.params, *name.params),
    )


def _asked(text: str) -> tuple[Sql, Sql | None] | None:
    """What is asked of an account, and of what a colleague called somebody, which is no handle."""
    words = words_of(text)
    if not words:
        return None
    key = joined([matches("one.search_key", word) for word in words])
    if not text.startswith("@"):
        return key, joined([matches("one.sort_key", word) for word in words])
    handle = beginning(text.removeprefix("@").lower())
    return joined([key, Sql("lower(one.handle) LIKE %s", (handle,))]), None
