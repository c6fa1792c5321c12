"""Whatever happens between two questions, the reader of direct messages brings every one of them."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels.x.client import Answer
from connectors.channels.x.direct_reader import DirectReader
from connectors.channels.x.errors import Refusal
from tests.connectors.bench import stored

USER = {"id": "1", "username": "halden"}
FIRST = 10**15


class Conversation:
    """Answers as X does, newest first; `forgets` makes the next token unknown."""

    def __init__(self, count: int) -> None:
        self.ids = list(range(FIRST, FIRST + count))
        self.used: Counter[str] = Counter()
        self.forgets = False

    def get(self, route: str, params: dict[str, str], *, as_user: bool) -> Answer:
        found = self.ids
        if token := params.get("pagination_token", ""):
            if self.forgets:
                self.forgets = False
                raise Refusal(400, "pagination_token is not valid")
            found = [one for one in found if one < int(token)]
        page = found[-min(int(params["max_results"]), 7) :][::-1]
        meta = {"next_token": str(page[-1])} if page and page[-1] > found[0] else {}
        shape = {"event_type": "MessageCreate", "text": "Hi", "sender_id": "2", "dm_conversation_id": "1-2"}
        data = [shape | {"id": str(one), "created_at": "2026-11-20T08:00:00.000Z"} for one in page]
        return Answer({"data": data, "meta": meta}, calls_left=9)


class Beside:
    """The mentions, which have nothing to do with it."""

    limits = (None, None)


@settings(max_examples=300, deadline=None)
@given(
    before=st.integers(0, 60),
    rounds=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6), st.booleans()), max_size=15),
)
def test_r1_nothing_is_lost_whoever_dies_and_whatever_arrives(before: int, rounds: list[tuple[int, int, bool]]) -> None:
    network = Conversation(before)
    state: Any = {}
    seen: list[str] = []

    def read(most: int) -> None:
        nonlocal state
        reader = DirectReader(network, USER, "tweet")  # type: ignore[arg-type]
        for page in reader.pages(dict(state), Beside()):  # type: ignore[arg-type]
            seen.extend(item.external_id for item in page.items)
            state = stored(page.cursor)
            most -= 1
            if not most:
                return

    for fresh, pages, forgets in rounds:
        network.forgets = forgets
        read(pages)
        network.ids += range(
            network.ids[-1] + 1 if network.ids else FIRST, (network.ids or [FIRST - 1])[-1] + 1 + fresh
        )
    read(1000)
    read(1000)
    assert set(seen) == set(map(str, network.ids))
    assert len(seen) == len(set(seen))
