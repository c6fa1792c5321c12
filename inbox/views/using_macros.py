"""Macros in the composer: what can be used here, filled in; one without words acts at once."""

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from inbox import macro_acts, macros, reading
from inbox.models import Conversation
from inbox.numbers import row_number, row_numbers
from inbox.views.frame import Request, answer, refusing
from people.company import company_of


@require_safe
def listed(request: Request, pk: int) -> HttpResponse:
    """What can be used in a conversation, as JSON, with the variables filled in."""
    conversation = reading.find(request.user, pk)
    company = settings.WORKSPACE_NAME or company_of(request.user).title
    account = row_number(request.GET.get("account", ""))
    return JsonResponse({"all": macros.offered(request.user, conversation, company=company, account=account)})


@require_POST
@refusing
def use(request: Request, pk: int) -> HttpResponse:
    """Do what a macro says, now."""
    conversation = Conversation(pk=pk)
    chosen = macro_acts.find(request.user, conversation, numbers(request, "macro")[:1])
    if not chosen:
        raise Http404
    ran = macro_acts.act(conversation, chosen, by=request.user)
    said = gettext("Macro used: %(name)s.") % {"name": chosen[0].name}
    return answer(request, pk, " ".join([said, *ran.failed]), deed=ran.deed, leaves=ran.closed)


def numbers(request: Request, field: str) -> list[int]:
    """The macros that went into a reply (`reply_macro`) or a note (`note_macro`), as the composer names them."""
    return list(dict.fromkeys(row_numbers(request.POST.getlist(field)[:20])))
