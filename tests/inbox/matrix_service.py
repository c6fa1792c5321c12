"""What the addresses of deadlines, hours, priorities and orders answer to everybody; for test_pages.py."""

from routing.models import Calendar, Step, Target

# anonymous, charlie, alice, mia, adam
ONLY_POST = [302, 405, 405, 405, 405]
PAGE, DONE, AGAIN = [302, 403, 403, 200, 200], [302, 403, 403, 302, 302], [302, 403, 403, 422, 422]
_FORMS = (
    "deadline_department",
    "deadline_exception",
    "deadline_step_new",
    "deadline_step",
    "hours_new",
    "hours_of",
)
_ACTS = ("deadline_exception_remove", "deadline_step_switch", "deadline_step_remove", "hours_remove")

GET = {
    **dict.fromkeys(("priority", "list_order", *_ACTS), ONLY_POST),
    **dict.fromkeys(("deadlines", "hours", *_FORMS), PAGE),
}
# What is missing is asked for again.
POST = {
    "priority": [302, 403, 302, 302, 302],
    "list_order": [302, 302, 302, 302, 302],
    **dict.fromkeys(_FORMS, AGAIN),
    **dict.fromkeys(_ACTS, DONE),
}
# These have nothing in their address that could be missing.
WHOLE = {"list_order", "deadline_exception", "deadline_step_new", "hours_new"}


def addresses(cast):
    """The arguments of each address, all about a conversation of Support."""
    step = {"pk": Step.objects.create(minutes=-15, action="warn").pk}
    hours = {"pk": Calendar.objects.create(name="Office", hours=[[]] * 7).pk}
    return {
        "priority": {"pk": cast.asks().pk},
        "deadline_department": {"slug": "support"},
        "deadline_exception_remove": {
            "pk": Target.objects.create(priority=3, first_minutes=5, next_minutes=5).pk,
        },
        **dict.fromkeys(("deadline_step", "deadline_step_switch", "deadline_step_remove"), step),
        **dict.fromkeys(("hours_of", "hours_remove"), hours),
    }


def bodies():
    """What is posted so that something is done."""
    return {"priority": {"to": "3"}, "list_order": {"order": "due"}}
