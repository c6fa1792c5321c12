"""What the addresses of files, posts and waiting replies answer; for the matrix in test_pages.py."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from inbox import replies
from inbox.models import DraftFile

# anonymous, charlie, alice, mia, adam
ONLY_POST = [302, 405, 405, 405, 405]
# Files are their owner's alone.
ALICES, DONE_BY_ALICE = [302, 404, 404, 404, 404], [302, 404, 204, 404, 404]

GET = {
    **dict.fromkeys(("files", "parts", "file_alt", "file_remove", "send_now", "discard"), ONLY_POST),
    # What it shows is no picture that we would show.
    "file": ALICES,
    "send_later": [302, 403, 200, 200, 200],
}
POST = {
    **dict.fromkeys(("files", "send_now", "send_later", "discard"), [302, 403, 302, 302, 302]),
    # Looking at the posts of a text is no action; the text is one's own.
    "parts": [302, 200, 200, 200, 200],
    "file_alt": DONE_BY_ALICE,
    "file_remove": [302, 404, 302, 404, 404],
}


def addresses(cast):
    """The arguments of each address."""
    conversation = cast.asks(cast.dana[1])
    at = timezone.now() + timedelta(hours=3)
    planned = replies.queue(conversation, by=cast.alice, text="Later.", click=uuid4(), at=at).message
    file = DraftFile.objects.create(
        user=cast.alice, conversation=conversation, name="a.txt", size=1, content=b"x", content_type="text/plain", at=at
    )
    return {
        **dict.fromkeys(("files", "parts"), {"pk": conversation.pk}),
        **dict.fromkeys(("file", "file_alt", "file_remove"), {"pk": file.pk}),
        **dict.fromkeys(("send_now", "send_later", "discard"), {"pk": planned.pk}),
    }


def bodies():
    """What fills each form in."""
    return {"send_later": {"later": "tomorrow"}, "parts": {"text": "Hello"}}
