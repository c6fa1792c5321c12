"""What the addresses of departments answer to everybody; for the matrix in test_pages.py."""

from people.models import Department

# anonymous, charlie, alice, mia, adam
_FORM, _DONE = [302, 403, 403, 200, 200], [302, 403, 403, 302, 302]
_ALL = ("department_new", "department", "department_close")
GET = {**dict.fromkeys(("departments", *_ALL), _FORM), "department_move": [302, 405, 405, 405, 405]}
# Names are missing, nobody takes over: the form comes again. Settled are the one that is moved, and who has to confirm.
POST = {
    **dict.fromkeys(("departments", "department_move"), _DONE),
    **dict.fromkeys(_ALL, [302, 403, 403, 422, 422]),
}
WHOLE = {"departments", "department_new"}


def addresses():
    """The arguments of each address, all about a department of its own."""
    Department.objects.get_or_create(slug="spare", defaults={"name": "Spare", "position": 9})
    return dict.fromkeys(("department", "department_move", "department_close"), {"slug": "spare"})
