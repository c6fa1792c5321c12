"""What the addresses of learning answer to everybody; for the matrix in test_pages.py."""

from django.utils import timezone

from inbox import triage
from routing.models import Example, TrainedModel

# anonymous, charlie, alice, mia, adam: quality is for managers, moving along for whoever is there.
MANAGERS, ONLY_POST = [302, 403, 403, 200, 200], [302, 405, 405, 405, 405]
GET = {
    "similar": [302, 200, 200, 200, 200],
    "quality": MANAGERS,
    "quality_box": MANAGERS,
    "quality_models": [302, 403, 403, 302, 302],
    "quality_learn": ONLY_POST,
    "quality_back": MANAGERS,
    "quality_withdraw": ONLY_POST,
}
DONE = [302, 403, 403, 302, 302]
POST = {
    # Nothing was chosen; the form comes again.
    "similar": [302, 422, 422, 422, 422],
    **dict.fromkeys(("quality_learn", "quality_withdraw"), DONE),
    # Nobody said why; the form comes again.
    "quality_back": [302, 403, 403, 422, 422],
}
# These have nothing in their address that could be missing.
WHOLE = {"quality_learn"}


def addresses(cast):
    """The arguments of each address: a conversation that was moved, a model that was in use, an example."""
    now = timezone.now()
    conversation = cast.asks(text="What does the estate cost?")
    cast.decided(conversation.messages.get())
    triage.hand_over(conversation, to=cast.departments["sales"], by=cast.mia, reason="Wants a new car.")
    model = TrainedModel.objects.create(version="1-old-1", state="retired", weights=b"damaged", asked_at=now)
    return {
        "similar": {"pk": conversation.pk},
        "quality_back": {"pk": model.pk},
        "quality_withdraw": {"pk": Example.objects.get(message=conversation.messages.get().pk).pk},
    }
