"""What the addresses of colleagues and of presence answer to everybody; for the matrix in test_pages.py."""

# anonymous, charlie, alice, mia, adam
_PAGE, _DONE = [302, 403, 403, 200, 200], [302, 403, 403, 302, 302]

GET = {**dict.fromkeys(("people", "person", "person_give"), _PAGE), "presence": [302, 405, 405, 405, 405]}
# Its numbers are missing: the form comes again.
POST = {
    **dict.fromkeys(("people", "person_give"), _DONE),
    "person": [302, 403, 403, 422, 422],
    "presence": [302, 302, 302, 302, 302],
}
# These have nothing in their address that could be missing.
WHOLE = {"people", "presence"}


def addresses(cast):
    """The arguments of each address, all about bob."""
    return dict.fromkeys(("person", "person_give"), {"pk": cast.bob.pk})


def bodies():
    """What is posted so that something is done."""
    return {"presence": {"state": "away"}}
