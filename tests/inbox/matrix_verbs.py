"""What the addresses of triage answer: snooze, tags, take, bulk, undo; for the matrix in test_pages.py."""

from inbox import triage

# anonymous, charlie, alice, mia, adam
ONLY_POST = [302, 405, 405, 405, 405]
# An agent elsewhere may not act on Support's conversation.
OURS, DONE_BY_US = [302, 403, 200, 200, 200], [302, 403, 302, 302, 302]
EVERYBODY, DONE_BY_EVERYBODY = [302, 200, 200, 200, 200], [302, 302, 302, 302, 302]

GET = {
    **dict.fromkeys(("snooze", "conversation_tags"), OURS),
    **dict.fromkeys(("take", "take_back", "deed_undo"), ONLY_POST),
    # Without saying what is to be done it leads back to the list.
    "bulk": [302, 302, 302, 302, 302],
    "history": EVERYBODY,
}
POST = {
    **dict.fromkeys(("snooze", "conversation_tags", "bulk"), DONE_BY_US),
    # Managers and admins belong to no department, and may work everywhere.
    "take": DONE_BY_US,
    "take_back": DONE_BY_EVERYBODY,
    # Each takes back what they did themselves.
    "deed_undo": [302, 404, 302, 404, 404],
}
# Where no view or conversation need be there: what is wrong with the rest is said first.
WHOLE = {"take_back", "bulk"}


def addresses(cast):
    """The arguments of each address."""
    conversation = cast.asks(cast.dana[0])
    done = triage.close(cast.asks(cast.dana[1]), by=cast.alice)
    return {
        **dict.fromkeys(("snooze", "conversation_tags", "take"), {"pk": conversation.pk}),
        "bulk": {"view": "open"},
        "deed_undo": {"pk": done.deed},
    }


def bodies(cast):
    """What fills each form in."""
    return {
        "snooze": {"words": "in 3 hours"},
        "conversation_tags": {"new": "vip"},
        "bulk": {"ids": [cast.asks().pk], "do": "close"},
    }
