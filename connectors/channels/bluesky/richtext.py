"""Texts as Bluesky keeps them: links and mentions lie beside the words, by the bytes that they cover. Pure."""

from collections.abc import Iterator
from typing import Any

from connectors.clean import web_address

Json = dict[str, Any]

# So many of them are read of one text.
_MOST = 200


def linked(text: object, facets: object) -> str:
    """The words with their links written out, for people see the words alone: “here” may lead anywhere."""
    if not isinstance(text, str):
        return ""
    written = text.encode("utf-8", "surrogatepass")
    end, shown = 0, []
    for start, stop, features in _slices(written, facets):
        address = next((web_address(one.get("uri")) for one in features if web_address(one.get("uri"))), None)
        if address is None or start < end:
            continue
        shown += [_words(written[end:start]), _written_out(_words(written[start:stop]), address)]
        end = stop
    return "".join([*shown, _words(written[end:])])


def mentioned(record: Json) -> list[Json]:
    """The accounts that a text names, each once, with the handle that it was named by."""
    text = record.get("text")
    written = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else b""
    found: dict[str, Json] = {}
    for start, stop, features in _slices(written, record.get("facets")):
        for one in features:
            did = one.get("did")
            if isinstance(did, str) and did.startswith("did:"):
                found.setdefault(did, {"external_id": did, "handle": _words(written[start:stop]).removeprefix("@")})
    return list(found.values())


def _slices(written: bytes, facets: object) -> Iterator[tuple[int, int, list[Json]]]:
    """Start, end and features of each piece that has some, in order; what lies outside the text is passed over."""
    known = [one for one in facets if isinstance(one, dict)][:_MOST] if isinstance(facets, list) else []
    pieces = []
    for one in known:
        index, features = one.get("index"), one.get("features")
        start, stop = (index.get("byteStart"), index.get("byteEnd")) if isinstance(index, dict) else (None, None)
        if type(start) is int and type(stop) is int and 0 <= start < stop <= len(written):
            pieces.append(
                (
                    start,
                    stop,
                    [each for each in features if isinstance(each, dict)] if isinstance(features, list) else [],
                )
            )
    yield from sorted(pieces, key=lambda piece: piece[:2])


def _written_out(shown: str, address: str) -> str:
    """A link's words where they say where it leads, else the address as well."""
    plain = address.split("://", 1)[1].rstrip("/")
    words = shown.strip().removeprefix("https://").removeprefix("http://").rstrip("/")
    if words == plain or words == plain.removeprefix("www."):
        return address if "://" not in shown else shown
    short = words.removesuffix("…").removesuffix("...")
    # Programs shorten what they show of an address.
    if short != words and len(short) > 3 and plain.removeprefix("www.").startswith(short.removeprefix("www.")):
        return address
    return f"{shown} ({address})"


def _words(written: bytes) -> str:
    return written.decode("utf-8", "replace")
