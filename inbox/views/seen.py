"""Who has read what."""

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from inbox import seen
from inbox.views.frame import Request, answer, at_hand


@require_POST
def unread(request: Request, pk: int) -> HttpResponse:
    """Show a conversation as unread again, to the person who asks only."""
    deed = seen.unmark([at_hand(request, pk).pk], by=request.user)
    return answer(request, pk, gettext("Marked as unread"), deed=deed)
