"""How urgent a conversation is: said by a colleague, by a rule, or by a step that is taken when a reply is late."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.acted import Acting, Done
from inbox.models import Conversation
from inbox.triage import About
from people.models import User

Priority = Conversation.Priority


@transaction.atomic
def prioritise(about: About, *, to: int, by: User) -> Done:
    """Make conversations as urgent as that; when their replies are due follows. The same again does nothing.

    Raises NotAllowed where `by` may not act.
    """
    acting = Acting.on(about, by=by)
    label = str(Priority(to).label)
    before = {one.pk: {"from": str(Priority(one.priority).label)} for one in acting.found}
    for one in acting.found:
        one.priority = to
    acting.change()
    acting.tell("prioritised", before, to=label, reason="")
    named = {"name": label}
    many = ngettext("Priority of %(n)s: %(name)s", "Priority of %(n)s: %(name)s", acting.count)
    return acting.done("priority", _("Priority: %(name)s") % named, many, named)
