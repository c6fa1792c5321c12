"""Suggestions that two persons are one, as the pages show them: how likely, why, and who they are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.utils.translation import gettext, gettext_lazy

from connectors.models import Channel
from contacts import reasons, suggest
from contacts.models import Identity, Suggestion
from contacts.suggest import Cursor, Pair
from inbox import marks
from inbox.persons import Person, persons
from inbox.presentation import full, network_name, short_date

Part = dict[str, Any]
PAGE = 20
# Counting ends here: whether there are fifty or five thousand, nobody is done today.
MOST = 50
VERY_LIKELY, LIKELY = 0.9, 0.7
# The kinds of reasons that a page can be narrowed down to.
KINDS: Mapping[str, Any] = {
    "name": gettext_lazy("Name"),
    "handle": gettext_lazy("Handle"),
    "phone": gettext_lazy("Phone number"),
    "email": gettext_lazy("E-mail address"),
    "order": gettext_lazy("Order number"),
    "bio_link": gettext_lazy("Link in a profile"),
    "shared_link": gettext_lazy("Same link"),
    "location": gettext_lazy("Place"),
    "birth_date": gettext_lazy("Date of birth"),
    "street": gettext_lazy("Street"),
    "postal_code": gettext_lazy("Postal code"),
    "id_number": gettext_lazy("Customer number"),
    "same_email": gettext_lazy("Verified e-mail address"),
    "profiles": gettext_lazy("Profiles that link to each other"),
    "claim": gettext_lazy("Import"),
    "conflict": gettext_lazy("Contradiction"),
}


def parse(text: str) -> Cursor | None:
    """Where a page begins, from an address; None at the start. Raises BadRequest on anything else."""
    if not text:
        return None
    score, _, number = text.partition(",")
    try:
        value = float(score)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1 or not number.isdecimal() or len(number) > 18:
        raise BadRequest("This address is damaged: the place to go on from cannot be read.")
    return Cursor(value, int(number))


def page(now: datetime, *, before: Cursor | None, network: str, reason: str) -> tuple[list[Part], str]:
    """A page of pairs, best first, and where the next one begins. Six statements."""
    found = suggest.open_suggestions(before=before, size=PAGE, network=network, reason=reason)
    people = persons({one for pair in found.pairs for one in (pair.first, pair.second)}, now)
    told = [pair_of(pair, people) for pair in found.pairs if pair.first in people and pair.second in people]
    return told, f"{found.next.score!r},{found.next.id}" if found.next else ""


def pair_of(pair: Pair, people: Mapping[int, Person]) -> Part:
    """A pair for its templates; the person that would stay in front stands first."""
    front, other = sorted((pair.first, pair.second))
    return {
        "id": pair.id,
        "front": people[front],
        "other": people[other],
        "alike": set(pair.identities),
        **likely(pair.score),
        "reasons": why(pair.reasons),
    }


def likely(score: float) -> Part:
    """How likely it is, in a word and in percent; never certain."""
    percent = min(99, max(1, round(score * 100)))
    if score >= VERY_LIKELY:
        return {"word": gettext("Very likely"), "percent": percent, "css": "good"}
    if score >= LIKELY:
        return {"word": gettext("Likely"), "percent": percent, "css": ""}
    return {"word": gettext("Perhaps"), "percent": percent, "css": "dim"}


def why(given: Iterable[Mapping[str, Any]]) -> list[Part]:
    """The reasons as sentences, those that say most first; `against` are those that speak against it."""
    ordered = sorted(given, key=lambda one: -abs(one.get("weight") or 0))
    told = ((one, reasons.sentence(one)) for one in ordered)
    return [{"text": text[:1].upper() + text[1:], "against": reasons.is_against(one)} for one, text in told if text]


def count() -> str:
    """How many suggestions wait, as a number of the navigation: "", "7", "50+". One statement."""
    number = suggest.open_count(MOST)
    return f"{MOST}+" if number > MOST else str(number or "")


def networks(chosen: str) -> list[tuple[str, str]]:
    """The networks that a page can be narrowed down to. One statement."""
    known = set(Channel.objects.values_list("network", flat=True)) | {"email", "crm"} | ({chosen} - {""})
    return sorted(((one, network_name(one)) for one in known), key=lambda one: one[1].casefold())


def of_person(person: int, now: datetime, *, size: int = 1) -> list[Part]:
    """Who this person may be as well, best first, for the banner. One statement, and five where there is somebody."""
    pairs = suggest.of_person(person, size=size)
    if not pairs:
        return []
    people = persons({one for pair in pairs for one in (pair.first, pair.second)}, now)
    return [_seen_from(person, pair, people) for pair in pairs if pair.first in people and pair.second in people]


def _seen_from(person: int, pair: Pair, people: Mapping[int, Person]) -> Part:
    """The pair with `person` in front, and the account of the other one that is alike."""
    other = pair.second if pair.first == person else pair.first
    theirs = people[other]
    alike = next((one for one in theirs.identities if one["id"] in pair.identities), theirs.account)
    told = pair_of(pair, people)
    return told | {
        "front": people[person],
        "other": theirs,
        "account": alike,
        "for_it": [one for one in told["reasons"] if not one["against"]],
        "faces": [people[person].face_of("s28"), theirs.face_of("s28", alike["network_slug"] if alike else "")],
    }


def names(ids: Sequence[int]) -> dict[int, str]:
    """What each of these suggestions is called where one is told about: "Dana W. and dana_w". One statement."""
    columns = ("pk", "first__contact__name", "first__handle", "second__contact__name", "second__handle")
    return {
        pk: gettext("%(one)s and %(other)s") % {"one": one or handle, "other": other or its}
        for pk, one, handle, other, its in Suggestion.objects.filter(pk__in=ids).values_list(*columns)
    }


def rejected(before: int | None, now: datetime) -> tuple[list[Part], int | None]:
    """Pairs of which a colleague said that they are two, the latest suggestions first. One statement."""
    found = Suggestion.objects.filter(state=Suggestion.State.REJECTED).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.select_related("first__contact", "second__contact", "decided_by")[: PAGE + 1])
    return [_rejected(one, now) for one in rows[:PAGE]], rows[PAGE - 1].pk if len(rows) > PAGE else None


def _rejected(one: Suggestion, now: datetime) -> Part:
    return {
        "id": one.pk,
        "pair": [_side(one.first), _side(one.second)],
        "by": str(one.decided_by or gettext("Somebody")),
        "ago": short_date(one.decided_at, now) if one.decided_at else "",
        "full": full(one.decided_at) if one.decided_at else "",
        "iso": one.decided_at.isoformat() if one.decided_at else "",
        "reasons": why(one.reasons),
        **likely(one.score),
    }


def _side(identity: Identity) -> Part:
    person = identity.contact
    return {
        "id": person.pk,
        "name": person.name or str(identity),
        "network": marks.network(identity.network),
        "network_name": network_name(identity.network),
        "handle": identity.handle or identity.email or identity.external_id,
    }
