"""What the addresses of the timeline and of the viewer answer; for the matrix in test_pages.py."""

from django.utils import timezone

# anonymous, charlie, alice, mia, adam: the timeline is everybody's.
EVERYBODY = [302, 200, 200, 200, 200]

GET = dict.fromkeys(("strip", "viewer"), EVERYBODY)


def addresses(cast):
    """The arguments of each address."""
    conversation = cast.asks(cast.dana[0])
    files = [{"kind": "image", "url": "https://pictures.example/1.png", "alt": "A dented door"}]
    message = cast.says(conversation, "Look", at=timezone.now(), attachments=files)
    return {"strip": {"view": "open", "pk": conversation.pk}, "viewer": {"pk": message.pk}}
