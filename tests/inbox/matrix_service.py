"""What the addresses of deadlines, hours, priorities and orders answer to everybody; for the matrix in test_pages.py."""

# anonymous, charlie, alice, mia, adam
ONLY_POST = [302, 405, 405, 405, 405]

GET = {"priority": ONLY_POST, "list_order": ONLY_POST}
POST = {"priority": [302, 403, 302, 302, 302], "list_order": [302, 302, 302, 302, 302]}
# These have nothing in their address that could be missing.
WHOLE = {"list_order"}


def addresses(cast):
    """The arguments of each address, all about a conversation of Support."""
    return {"priority": {"pk": cast.asks().pk}}


def bodies():
    """What is posted so that something is done."""
    return {"priority": {"to": "3"}, "list_order": {"order": "due"}}
