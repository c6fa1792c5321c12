"""Search over all people and messages."""

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from inbox.search import page
from inbox.search.page import Asked
from inbox.views.frame import Request
from people.access import wants_fragment

# Searches of one colleague in so many seconds. Who types without a pause asks about six times a second, and pauses.
_MOST, _SECONDS = 120, 30


@require_safe
def show(request: Request) -> HttpResponse:
    """The search page; while somebody types, what was found; with `before`, the messages that follow."""
    if _is_too_much(request.user.pk):
        response = render(request, "inbox/search/too_much.html", {"seconds": _SECONDS}, status=429)
        response["Retry-After"] = str(_SECONDS)
        return response
    asked = Asked.parse(request.GET)
    context = page.context(request.user, asked, timezone.now())
    if not wants_fragment(request):
        return render(request, "inbox/search/page.html", context)
    if asked.before:
        return render(request, "inbox/search/_messages.html", context)
    response = render(request, "inbox/search/_results.html", context)
    response["HX-Replace-Url"] = asked.url()
    return response


def _is_too_much(user: int) -> bool:
    window = int(timezone.now().timestamp()) // _SECONDS
    key = f"search:{user}:{window}"
    try:
        cache.add(key, 0, 2 * _SECONDS)
        return bool(cache.incr(key) > _MOST)
    except (ValueError, RedisError):
        # Gone meanwhile, or no cache at all: nobody is held up for that.
        return False
