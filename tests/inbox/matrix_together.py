"""What the addresses of working together answer to anonymous, charlie, alice, mia and adam."""

GET = {
    "together": [302, 200, 200, 200, 200],
    "ask": [302, 200, 200, 200, 200],
    "leave": [302, 405, 405, 405, 405],
    # Nobody has handed it over yet.
    "hand_back": [302, 302, 302, 302, 302],
    "link": [302, 200, 200, 200, 200],
    "unlink": [302, 405, 405, 405, 405],
    "follow": [302, 405, 405, 405, 405],
    "contact_follow": [302, 200, 200, 200, 200],
}
POST = {
    "ask": [302, 403, 302, 302, 302],
    "leave": [302, 403, 302, 302, 302],
    "hand_back": [302, 302, 302, 302, 302],
    "link": [302, 403, 302, 302, 302],
    "unlink": [302, 403, 302, 302, 302],
    "follow": [302, 302, 302, 302, 302],
    "contact_follow": [302, 302, 302, 302, 302],
}


def addresses(cast):
    """The contact that the page is about; the rest is about the conversation."""
    return {"contact_follow": {"pk": cast.dana[0].contact_id}}


def bodies(cast):
    """What is sent."""
    other = cast.asks(cast.dana[1])
    return {
        "ask": {"department": "sales", "reason": "Wants a new car."},
        "leave": {"department": "sales"},
        "hand_back": {"reason": "Not ours."},
        "link": {"other": other.pk},
        "unlink": {"other": other.pk},
    }
