"""Who has read what."""

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from inbox import reading, seen
from inbox.views.frame import Request, answer


@require_POST
def unread(request: Request, pk: int) -> HttpResponse:
    """Show a conversation as unread again, to the person who asks only."""
    conversation = reading.find(request.user, pk)
    seen.unmark(conversation, by=request.user)
    return answer(request, pk, gettext("Marked as unread"))
