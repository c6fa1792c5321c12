"""Sends replies, and finds out what became of one whose sending was interrupted."""

import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from connectors.channels.mastodon.client import Answer, Client
from connectors.channels.mastodon.errors import Refusal
from connectors.channels.mastodon.statuses import Json, at, id_of, listed, objects, plain, raw_status
from connectors.protocol import ConnectorError, File, Original, Outgoing

LOOK = "Look for it on the server."
# From the widest to the narrowest; an answer is never wider than what it answers.
AUDIENCES = (
    ("public", "Everyone"),
    ("unlisted", "Everyone, but not in public lists"),
    ("private", "Our followers and the people mentioned"),
    ("direct", "Only the people mentioned"),
)
_MENTION = re.compile(r"@(\w[\w.-]*)(?:@[\w.:-]*\w)?")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
# All files of a reply together.
_PROCESSING_SECONDS = 15.0
_MOST_PAGES = 10
# Both clocks are read to the second.
_IMPRECISION = timedelta(seconds=2)


def audiences(original: Original) -> Sequence[tuple[str, str]]:
    """Who may read an answer: as many as read the original, or fewer. Our followers are others than the author's, so
    what was for those is answered to the author alone unless somebody chooses otherwise."""
    values = [value for value, _ in AUDIENCES]
    visibility = raw_status(original).get("visibility")
    # What no server says today counts as the narrowest.
    first = values.index(visibility) if visibility in values else len(values) - 1
    return AUDIENCES[:1:-1] if visibility == "private" else AUDIENCES[first:]


def salutation(original: Original) -> str:
    """What an answer begins with, so that it reaches the person."""
    acct = objects(raw_status(original).get("account")).get("acct")
    return f"@{acct if isinstance(acct, str) and acct else original.author_handle} "


def addressed(outgoing: Outgoing) -> str:
    """The text with the person whom it answers in it; others in the thread are not called."""
    name = salutation(outgoing.original).strip()
    for one in {name, f"@{outgoing.original.author_handle}"} - {"@"}:
        if re.search(rf"(?<![\w@/]){re.escape(one)}(?![\w@])", outgoing.text, re.IGNORECASE):
            return outgoing.text
    return f"{name} {outgoing.text}"


def send(client: Client, outgoing: Outgoing) -> Json:
    """Post the reply; returns it as the server has it. Raises ConnectorError, `unknown` unless it certainly did not
    arrive."""
    allowed = [value for value, _ in audiences(outgoing.original)]
    audience = outgoing.audience or allowed[0]
    if audience not in allowed:
        remedy = f"Choose one of: {', '.join(allowed)}."
        raise ConnectorError("The reply would be read by more people than the post.", remedy=remedy, permanent=True)
    fields: Json = {
        "status": addressed(outgoing),
        "in_reply_to_id": id_of(raw_status(outgoing.original).get("id")),
        "visibility": audience,
    }
    if outgoing.files:
        end = time.monotonic() + _PROCESSING_SECONDS
        fields["media_ids[]"] = [_upload(client, file, end) for file in outgoing.files]
    # Mastodon remembers the key for an hour; other servers take no notice of it.
    return client.post("/api/v1/statuses", fields, headers={"Idempotency-Key": outgoing.client_key})


def find(client: Client, outgoing: Outgoing) -> Json | None:
    """The reply if it arrived, None if it did not. Raises ConnectorError with `unknown` if nobody can tell.

    The id that the sending carried is that of the status it answers: ours is a status of our account that answers
    exactly that one and was made after Send was pressed, by the server's clock. Its text is read as it was sent. Only
    where there is no such status at all, or only such with other texts, did it not arrive.
    """
    try:
        found = _matches(client, outgoing)
    except ConnectorError as error:
        error.unknown = True
        raise
    if len(found) > 1:
        raise ConnectorError("Two posts could be this reply.", remedy=LOOK, unknown=True)
    return found[0] if found else None


def _matches(client: Client, outgoing: Outgoing) -> list[Json]:
    account_id = id_of(client.object_of("/api/v1/accounts/verify_credentials").get("id"))
    original_id = id_of(raw_status(outgoing.original).get("id"))
    candidates: dict[str, Json] = {}
    for status in (*_own(client, account_id, outgoing), *_below(client, account_id, original_id, outgoing)):
        # The link to the original goes when the original does.
        if id_of(status.get("in_reply_to_id")) in (original_id, ""):
            candidates[id_of(status.get("id"))] = status
    return [one for one in candidates.values() if _says(client, one, outgoing, original_id)]


def _own(client: Client, account_id: str, outgoing: Outgoing) -> Iterator[Json]:
    """Our own statuses since Send was pressed."""
    params = {"limit": 40, "exclude_reblogs": "true"}
    for _ in range(_MOST_PAGES):
        answer = client.list_of(f"/api/v1/accounts/{account_id}/statuses", params)
        page = listed(answer.body)
        recent = [one for one in page if _is_since(one, answer, outgoing)]
        yield from recent
        lowest = id_of(page[-1].get("id")) if page else ""
        if len(recent) < len(page) or not lowest or lowest == params.get("max_id"):
            return
        params["max_id"] = lowest
    raise ConnectorError("We have posted too much since then to look through it.", remedy=LOOK)


def _below(client: Client, account_id: str, original_id: str, outgoing: Outgoing) -> Iterator[Json]:
    """What we answered in the thread, for servers that leave private statuses out of an account's list."""
    try:
        answer = client.get(f"/api/v1/statuses/{original_id}/context")
    except Refusal as error:
        if error.status not in (404, 410):
            raise
        return
    for one in listed(objects(answer.body).get("descendants")):
        if id_of(objects(one.get("account")).get("id")) == account_id and _is_since(one, answer, outgoing):
            yield one


def _is_since(status: Json, answer: Answer, outgoing: Outgoing) -> bool:
    made = at(status)
    if made is None:
        raise ConnectorError("The server does not say when our posts were made.", remedy=LOOK)
    skew = answer.at - datetime.now(UTC) if answer.at else timedelta(0)
    return made >= outgoing.queued_at + skew - _IMPRECISION


def _says(client: Client, status: Json, outgoing: Outgoing, original_id: str) -> bool:
    """Whether a status of ours is the reply. Raises ConnectorError where it could be and nobody can tell."""
    sent = addressed(outgoing)
    answers_it = id_of(status.get("in_reply_to_id")) == original_id
    written = _source(client, status)
    shown = plain(status.get("content")) if written is None else written
    same = _comparable(shown) == _comparable(sent)
    # Some servers turn asterisks and the like into formatting, and don't keep what was sent.
    if same != answers_it and (same or written is None):
        raise ConnectorError("A post of ours looks like this reply, but not quite.", remedy=LOOK)
    return same and answers_it


def _source(client: Client, status: Json) -> str | None:
    """The text as it was sent; None where the server doesn't keep it."""
    try:
        text = client.object_of(f"/api/v1/statuses/{id_of(status.get('id'))}/source").get("text")
    except Refusal as error:
        if error.status not in (403, 404, 405, 410):
            raise
        return None
    return text if isinstance(text, str) else None


def _comparable(text: str) -> str:
    """Without what servers change: mentions are shown with or without their server, links without scheme."""
    return " ".join(_SCHEME.sub("", _MENTION.sub(r"@\1", text)).split()).lower()


def _upload(client: Client, file: File, end: float) -> str:
    """Store a file; returns its id once the server has read it. Nothing is public by that. Raises ConnectorError."""
    stored = client.upload(file)
    media_id = id_of(stored.get("id"))
    if not media_id:
        raise ConnectorError("The server took a file and did not say what it is called.")
    while not stored.get("url"):
        if time.monotonic() > end:
            raise ConnectorError(f"The server is still busy with {file.name}.", remedy="It is tried again by itself.")
        time.sleep(0.5)
        stored = client.object_of(f"/api/v1/media/{media_id}")
    return media_id
