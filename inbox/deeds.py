"""What colleagues did, in the words that they were told it in, and in the language of whoever reads them."""

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_noop as _

from inbox.models import Conversation, Deed
from inbox.presentation import coming
from people.retold import Sentences

_SAID = Sentences(
    lambda: (
        _("Closed"),
        ("%(n)s closed", "%(n)s closed"),
        _("Open again"),
        ("%(n)s open again", "%(n)s open again"),
        _("Nobody is assigned"),
        ("%(n)s given to nobody", "%(n)s given to nobody"),
        ("%(n)s assigned to %(name)s", "%(n)s assigned to %(name)s"),
        _("Assigned to %(name)s"),
        ("%(n)s moved to %(department)s", "%(n)s moved to %(department)s"),
        _("Moved to %(department)s, %(name)s has it"),
        _("Moved to %(department)s"),
        ("%(n)s moved", "%(n)s moved"),
        ("%(n)s snoozed until %(time)s", "%(n)s snoozed until %(time)s"),
        _("Snoozed until %(time)s"),
        ("Priority of %(n)s: %(name)s", "Priority of %(n)s: %(name)s"),
        _("Priority: %(name)s"),
        _("Tags changed"),
        ("Tags of %(n)s changed", "Tags of %(n)s changed"),
        _("Tagged %(tags)s"),
        ("%(n)s set aside as spam", "%(n)s set aside as spam"),
        _("Set aside as spam"),
        ("%(n)s back in its queue", "%(n)s back in their queues"),
        _("Back in the queue"),
        _("Marked as unread"),
        _("%(department)s takes part no more"),
        _("%(department)s takes part"),
        _("Macro used: %(name)s"),
        _("Linked with #%(n)s"),
        _("Link taken away"),
        _("You follow this conversation"),
        _("You follow it no more"),
    ),
    spoken=True,
)


def told(deed: Deed) -> str:
    """What its person was told. Times and degrees are as of now, and as the reader calls them."""
    after: Mapping[str, Any] = deed.parts[0]["after"] if deed.parts else {}
    known: dict[str, str] = {}
    if deed.verb == "snooze" and (until := parse_datetime(after.get("snoozed_until") or "")):
        known["time"] = coming(until)
    elif deed.verb == "priority" and "priority" in after:
        known["name"] = str(Conversation.Priority(after["priority"]).label)
    return _SAID.told(deed.said, **known)
