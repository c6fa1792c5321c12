"""How each field of routing/fields.py is said: its name in the list, and the clause for each way to compare it.

%s is the value, which the page shows as a button; in those of attributes, %(name)s is the attribute's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Phrase:
    """A field in words: what it is called, and how a condition on it reads by operator."""

    name: "str | _StrPromise"
    clauses: "Mapping[str, str | _StrPromise]"


def _words(name: "_StrPromise", contains: "_StrPromise", matches: "_StrPromise") -> Phrase:
    return Phrase(name, {"contains": contains, "matches": matches})


def _names(name: "_StrPromise", clause: "_StrPromise") -> Phrase:
    return Phrase(name, {"is": clause, "in": clause})


PHRASES: Mapping[str, Phrase] = {
    "text": _words(_("Text"), _("the message says %s"), _("the message matches %s")),
    "subject": _words(_("Subject"), _("its subject says %s"), _("its subject matches %s")),
    "hashtag": _names(_("Hashtag"), _("it bears %s")),
    "link": _names(_("Link"), _("it links to %s")),
    "attachment": _names(_("Attachment"), _("it has %s")),
    "network": _names(_("Network"), _("it comes from %s")),
    "channel": _names(_("Channel"), _("it came in on %s")),
    "kind": _names(_("Kind of message"), _("it is %s")),
    "language": _names(_("Language"), _("it is written in %s")),
    "sentiment": _names(_("Tone"), _("it sounds %s")),
    "intent": _names(_("What it is about"), _("it is about %s")),
    "urgency": Phrase(
        _("Urgency"), {"at_least": _("its urgency is at least %s"), "at_most": _("its urgency is at most %s")}
    ),
    "product": _names(_("Product of ours"), _("it names our product %s")),
    "rival": _names(_("Rival product"), _("it names the rival %s")),
    "author": Phrase(
        _("Author"),
        {
            "contains": _("the author's name has %s"),
            "matches": _("the author's name matches %s"),
            "is": _("it was written by %s"),
            "in": _("it was written by %s"),
        },
    ),
    "email_domain": _names(_("E-mail domain"), _("the author writes from %s")),
    "followers": Phrase(
        _("Reach"),
        {
            "at_least": _("the author reaches at least %s"),
            "at_most": _("the author reaches at most %s"),
            "is": _("the author reaches exactly %s"),
        },
    ),
    "verified": Phrase(_("Verified"), {"is": _("the author is %s")}),
    "role": _names(_("Role now"), _("the customer is %s")),
    "past_role": _names(_("Role before"), _("the customer used to be %s")),
    "tag": _names(_("Tag"), _("the customer is tagged %s")),
    "contact_owner": _names(_("Looked after by"), _("the customer is looked after by %s")),
    "post": _words(_("Post it answers"), _("the post it answers says %s"), _("the post it answers matches %s")),
    "post_is_ours": Phrase(_("Whose post it answers"), {"is": _("the post it answers is %s")}),
    "campaign": _names(_("Campaign tag"), _("the post it answers bears %s")),
    "is_reply": Phrase(_("Reply or not"), {"is": _("it is %s")}),
    "is_first": Phrase(_("First or not"), {"is": _("it %s")}),
    "department": _names(_("Department now"), _("its open conversation belongs to %s")),
    "time": Phrase(_("Time of day"), {"between": _("it comes between %s")}),
    "weekday": Phrase(_("Day of the week"), {"in": _("it comes on %s")}),
    "hours": Phrase(
        _("Working hours"),
        {"open": _("it comes inside the hours of %s"), "closed": _("it comes outside the hours of %s")},
    ),
}

ATTRIBUTES: "Mapping[str, str | _StrPromise]" = {
    "is": _("%(name)s is %%s"),
    "in": _("%(name)s is %%s"),
    "contains": _("%(name)s contains %%s"),
    "at_least": _("%(name)s is at least %%s"),
    "at_most": _("%(name)s is at most %%s"),
    "before": _("%(name)s is before %%s"),
    "after": _("%(name)s is after %%s"),
    "known": _("%(name)s is %%s"),
}

GROUPS: "Mapping[str, str | _StrPromise]" = {
    "The message": _("The message"),
    "What it says": _("What it says"),
    "Who wrote it": _("Who wrote it"),
    "The customer": _("The customer"),
    "Where it stands": _("Where it stands"),
    "When it came": _("When it came"),
}

OPERATORS: "Mapping[str, str | _StrPromise]" = {
    "contains": _("has one of these words"),
    "matches": _("matches a pattern"),
    "is": _("is"),
    "in": _("is one of"),
    "at_least": _("is at least"),
    "at_most": _("is at most"),
    "between": _("is between"),
    "open": _("is inside"),
    "closed": _("is outside"),
    "before": _("is before"),
    "after": _("is after"),
    "known": _("is known"),
}

VALUES: "Mapping[str, Mapping[object, str | _StrPromise]]" = {
    "attachment": {
        "image": _("a picture"),
        "video": _("a video"),
        "audio": _("a recording"),
        "file": _("a file"),
    },
    "kind": {
        "mention": _("a mention"),
        "post": _("a post"),
        "comment": _("a comment"),
        "review": _("a review"),
        "direct": _("a direct message"),
        "email": _("an e-mail"),
    },
    "sentiment": {"negative": _("negative"), "neutral": _("neutral"), "positive": _("positive")},
    "intent": {
        "help": _("help"),
        "complaint": _("a complaint"),
        "buying": _("buying"),
        "price": _("a price"),
        "churn": _("leaving us"),
        "praise": _("praise"),
        "press": _("a press enquiry"),
        "legal": _("law or safety"),
        "partnership": _("a partnership"),
        "job": _("a job"),
        "idea": _("an idea for a product"),
        "spam": _("spam"),
    },
    "weekday": {
        "mon": _("Monday"),
        "tue": _("Tuesday"),
        "wed": _("Wednesday"),
        "thu": _("Thursday"),
        "fri": _("Friday"),
        "sat": _("Saturday"),
        "sun": _("Sunday"),
    },
    "verified": {True: _("verified"), False: _("not verified")},
    "post_is_ours": {True: _("ours"), False: _("somebody else's")},
    "is_reply": {True: _("a reply"), False: _("no reply")},
    "is_first": {True: _("begins a conversation"), False: _("continues a conversation")},
    "known": {True: _("known"), False: _("unknown")},
    "yes_no": {"yes": _("yes"), "no": _("no")},
}

PRIORITIES: "Mapping[str, str | _StrPromise]" = {
    "urgent": _("urgent"),
    "high": _("high"),
    "normal": _("normal"),
    "low": _("low"),
}
