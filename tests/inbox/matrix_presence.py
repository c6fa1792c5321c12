"""What the addresses of presence answer; for the matrix in test_pages.py."""

# anonymous, charlie, alice, mia, adam
GET = {
    "here": [302, 405, 405, 405, 405],
    "take_over": [302, 405, 405, 405, 405],
    # Everybody sees every customer, and what is being answered to them.
    "colleague_drafts": [302, 200, 200, 200, 200],
}
POST = {
    # Says nothing of any conversation here.
    "here": [302, 422, 422, 422, 422],
    # An agent elsewhere may not act on Support's conversation.
    "take_over": [302, 403, 302, 302, 302],
}
WHOLE = {"here"}


def addresses(cast):
    """The arguments of each address."""
    return dict.fromkeys(("take_over", "colleague_drafts"), {"pk": cast.asks(cast.dana[1]).pk})
