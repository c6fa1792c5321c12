"""What the addresses of the board answer to anonymous, charlie, alice, mia and adam."""

GET = {
    "board": [302, 200, 200, 200, 200],
    # Nothing was chosen: back with a message.
    "board_move": [302, 302, 302, 302, 302],
    "board_share": [302, 403, 403, 200, 200],
}
POST = {
    # What belongs to others stays where it is.
    "board_move": [302, 302, 302, 302, 302],
    "board_share": [302, 403, 403, 302, 302],
}


def bodies(cast):
    """What is sent."""
    return {"board_move": {"ids": cast.asks().pk, "to": "sales", "reason": "Wants a new car."}}
