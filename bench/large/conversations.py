"""Conversations of skewed length over three years, and the messages in them in the order in which they were posted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from bench.large.load import copy, escaped, run
from bench.large.people import network_of
from bench.large.sizes import LONG, MANY, MIDDLING, Sizes
from bench.large.words import Words

_LENGTH = 3.0  # messages of a conversation, on average
_CHUNK = 50_000
_HOUR = 3600
_NULL = "\\N"
_KINDS = ("mention", "mention", "comment", "direct", "mention", "post", "direct", "comment", "review", "mention")
_MESSAGE = (
    "id, channel_id, conversation_id, identity_id, direction, kind, external_id, parent_id, text, title, language, url,"
    " attachments, context, raw, author_id, posted_at, created_at, version_at, digest"
)
_CONVERSATION = (
    "id, channel_id, identity_id, thread_id, department_id, assignee_id, state, snoozed_until, snippet,"
    " last_message_at, last_inbound_at, waiting_since, due_at, moved_by_hand, created_at"
)


@dataclass(frozen=True, slots=True)
class People:
    """Who works in the data set, and where its messages come in."""

    channels: dict[str, list[int]]
    departments: list[int]
    colleagues: list[int]


@dataclass(slots=True)
class Plan:
    """Who said something when, as arrays: of each conversation its identity; of each message its place."""

    identity: Any
    conversation: Any
    posted: Any
    outgoing: Any

    @classmethod
    def of(cls, sizes: Sizes, chance: Any) -> "Plan":
        """Draw all conversations and messages. Seconds count from `sizes.since`."""
        lengths, identity = _lengths(sizes, chance)
        length = (sizes.until - sizes.since).total_seconds() - _HOUR
        # More is said every year.
        starts = np.sort(np.sqrt(chance.random(len(lengths))) * length)
        conversation = np.repeat(np.arange(len(lengths)), lengths)
        gaps = chance.exponential(6 * _HOUR, len(conversation))
        first = np.cumsum(lengths) - lengths
        gaps[first] = 0
        since_first = np.cumsum(gaps)
        since_first -= np.repeat(since_first[first], lengths)
        posted = np.minimum(starts[conversation] + since_first, length + _HOUR * chance.random(len(conversation)))
        outgoing = chance.random(len(conversation)) < 0.4
        outgoing[first] = False
        order = np.argsort(posted, kind="stable")
        return cls(identity, conversation[order], posted[order], outgoing[order])


def _lengths(sizes: Sizes, chance: Any) -> tuple[Any, Any]:
    lengths = np.minimum(chance.geometric(1 / _LENGTH, int(sizes.messages / _LENGTH * 1.1)), 200)
    lengths = lengths[: int(np.searchsorted(np.cumsum(lengths), sizes.messages))]
    identity = (chance.random(len(lengths)) ** 2 * (sizes.identities - 3)).astype(np.int64) + 4
    ends = np.cumsum(lengths)
    # The shuffled conversations of the three who are out of the ordinary.
    places = chance.permutation(len(lengths))
    taken = np.cumsum(lengths[places])
    long = int(np.searchsorted(taken, sizes.longest))
    middling = int(np.searchsorted(taken, sizes.longest + sizes.middling))
    many = middling + 3 * sizes.accounts_of_one
    extra = sizes.people + 1
    accounts = {
        MANY: [MANY, *range(extra, extra + sizes.accounts_of_one - 1)],
        LONG: [LONG, *range(extra + sizes.accounts_of_one - 1, extra + sizes.accounts_of_one + 1)],
        MIDDLING: [MIDDLING, *range(extra + sizes.accounts_of_one + 1, extra + sizes.accounts_of_one + 4)],
    }
    for person, some in ((LONG, places[:long]), (MIDDLING, places[long:middling]), (MANY, places[middling:many])):
        identity[some] = np.resize(accounts[person], len(some))
    lengths[-1] += max(0, sizes.messages - int(ends[-1]))
    return lengths, identity


def fill_conversations(sizes: Sizes, people: People) -> None:
    """Messages, then their conversations, then what follows from the messages alone: events, decisions, deliveries."""
    chance = np.random.default_rng(9)
    plan = Plan.of(sizes, chance)
    snippets: list[str] = [""] * len(plan.identity)
    copy("inbox_message", _MESSAGE, _messages(sizes, people, plan, snippets))
    copy("inbox_conversation", _CONVERSATION, _conversations(sizes, people, plan, snippets, chance))
    _follow_up()


def _messages(sizes: Sizes, people: People, plan: Plan, snippets: list[str]) -> Iterator[str]:
    words = Words(seed=10)
    identities = plan.identity.tolist()
    for start in range(0, len(plan.conversation), _CHUNK):
        end = min(start + _CHUNK, len(plan.conversation))
        texts, titles = words.texts(end - start), words.titles(end - start)
        conversations, posted = plan.conversation[start:end].tolist(), plan.posted[start:end].tolist()
        outgoing = plan.outgoing[start:end].tolist()
        for at, text in enumerate(texts):
            number, conversation = start + at + 1, conversations[at]
            identity = identities[conversation]
            network = network_of(identity)
            mail = network == "email"
            channel = people.channels[network][conversation % 2]
            when = (sizes.since + timedelta(seconds=posted[at])).isoformat()
            snippets[conversation] = text[:120]
            author = str(people.colleagues[number % len(people.colleagues)]) if outgoing[at] else _NULL
            yield (
                f"{number}\t{channel}\t{conversation + 1}\t{identity}\t{'out' if outgoing[at] else 'in'}\t"
                f"{'email' if mail else _KINDS[conversation % 10]}\tm{number}\t\t{escaped(text)}\t"
                f"{escaped(titles[at]) if mail else ''}\ten\thttps://{network}.example/m{number}\t"
                f"{_picture(number) if number % 25 == 0 else '[]'}"
                f'\t[]\t{{"id": "m{number}", "lang": "en", "public_metrics": {{"like_count": {number % 50},'
                f' "reply_count": {number % 5}, "quote_count": 0}}, "author_id": "p{identity}"}}\t{author}\t'
                f"{when}\t{when}\t{when}\t{number:032x}\n"
            )


def _picture(number: int) -> str:
    return f'[{{"url": "https://files.example/{number}.jpg", "kind": "image", "alt": ""}}]'


def _conversations(sizes: Sizes, people: People, plan: Plan, snippets: list[str], chance: Any) -> Iterator[str]:
    count = len(plan.identity)
    last, last_in, first = np.zeros(count), np.zeros(count), np.full(count, np.inf)
    # Messages are in the order of time, so the last one written to a place is the newest.
    last[plan.conversation] = plan.posted
    last_in[plan.conversation[~plan.outgoing]] = plan.posted[~plan.outgoing]
    first[plan.conversation[::-1]] = plan.posted[::-1]
    length = (sizes.until - sizes.since).total_seconds()
    drawn, chosen = chance.random(count).tolist(), chance.integers(0, 20, count).tolist()
    desks = np.searchsorted((0.05, 0.25, 0.72, 0.82), chance.random(count)).tolist()
    rows = zip(plan.identity.tolist(), last.tolist(), last_in.tolist(), first.tolist(), strict=True)
    for at, (identity, newest, newest_in, oldest) in enumerate(rows):
        state = _state(drawn[at], length - newest)
        newest_at, in_at = (sizes.since + timedelta(seconds=one) for one in (newest, newest_in))
        waits = state == "open" and newest_in == newest
        assignee = str(people.colleagues[chosen[at]]) if chosen[at] < 12 else _NULL
        yield (
            f"{at + 1}\t{people.channels[network_of(identity)][at % 2]}\t{identity}\tt{at + 1}\t"
            f"{people.departments[desks[at] % len(people.departments)]}\t{assignee}\t{state}\t"
            f"{(sizes.until + timedelta(days=3)).isoformat() if state == 'snoozed' else _NULL}\t"
            f"{escaped(snippets[at])}\t{newest_at.isoformat()}\t{in_at.isoformat()}\t"
            f"{in_at.isoformat() if waits else _NULL}\t"
            f"{(in_at + timedelta(hours=4)).isoformat() if waits else _NULL}\tf\t"
            f"{(sizes.since + timedelta(seconds=oldest)).isoformat()}\n"
        )


def _state(drawn: float, age: float) -> str:
    """Old conversations are closed, with few exceptions; of the last two weeks half are open."""
    if drawn < 0.05:
        return "noise"
    if drawn < 0.053:
        return "snoozed"
    return "open" if drawn < (0.5 if age < 14 * 24 * _HOUR else 0.056) else "closed"


def _follow_up() -> None:
    run(
        "INSERT INTO inbox_event (channel_id, identity_id, conversation_id, message_id, kind, data, at)"
        " SELECT channel_id, identity_id, conversation_id, id, 'message', '{}', posted_at FROM inbox_message"
    )
    run(
        "INSERT INTO inbox_decision (message_id, channel_id, outcome, source, confidence, runner_up, threshold,"
        " probabilities, contributors, evidence, version, at)"
        " SELECT id, channel_id, 'support', 'classifier', 0.9, 'sales', 0.6, '{\"support\": 0.9, \"sales\": 0.1}',"
        " '[]', '[]', 'bench', posted_at FROM inbox_message WHERE direction = 'in'"
    )
    run(
        "INSERT INTO inbox_delivery (message_id, channel_id, state, click, client_key, send_after, close_after, tries,"
        " error, remedy) SELECT id, channel_id, 'sent', gen_random_uuid(), gen_random_uuid(), posted_at, false, 1,"
        " '', '' FROM inbox_message WHERE direction = 'out' AND id > (SELECT max(id) * 9 / 10 FROM inbox_message)"
    )
    run(
        "INSERT INTO inbox_event (channel_id, identity_id, conversation_id, kind, data, at)"
        " SELECT channel_id, identity_id, id, 'closed', '{}', last_message_at FROM inbox_conversation"
        " WHERE state = 'closed' AND id % 4 = 0"
    )
    run(
        "INSERT INTO inbox_contributor (conversation_id, department_id, reason, created_at)"
        " SELECT c.id, d.id, 'Asked for help.', c.created_at FROM inbox_conversation c, people_department d"
        " WHERE c.id % 40 = 0 AND d.slug = 'pr' AND c.department_id <> d.id"
    )
    run(
        "INSERT INTO inbox_tally (department_id, assignee_id, state, difference)"
        " SELECT department_id, assignee_id, state, count(*) FROM inbox_conversation GROUP BY 1, 2, 3"
    )
    for table in ("inbox_message", "inbox_conversation"):
        run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
