"""Everything that is held on a person, for whoever asks for it, piece by piece: as JSON, or as a page to read."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Model, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.models import Receipt
from contacts import models as graph
from contacts.models import Contact, Identity
from inbox import models as inbox
from inbox.erasure.others import escaped
from inbox.erasure.scrub import SHORT, Traces
from routing.models import Example

Row = dict[str, Any]
Section = tuple[str, str, Iterable[Row]]
# Of one statement; a person may have hundreds of thousands of messages.
_PAGE = 500


def as_json(person: Contact) -> Iterator[str]:
    """One JSON object in pieces: `exported_at`, and a list for each kind of thing."""
    encode = DjangoJSONEncoder(ensure_ascii=False, indent=1).encode
    yield '{\n"exported_at": ' + json.dumps(timezone.now().isoformat())
    for name, _title, rows in sections(person):
        yield f',\n"{name}": ['
        for number, row in enumerate(rows):
            yield (",\n" if number else "\n") + encode(row)
        yield "\n]"
    yield "\n}\n"


def as_html(person: Contact) -> Iterator[str]:
    """A page of its own that needs nothing else, in pieces."""
    yield render_to_string("inbox/export/begin.html", {"person": person, "at": timezone.now()})
    for name, title, rows in sections(person):
        template = "inbox/export/message.html" if name == "messages" else "inbox/export/row.html"
        opened = False
        for row in rows:
            if not opened:
                yield render_to_string("inbox/export/section.html", {"title": title})
                opened = True
            yield render_to_string(template, {"row": row, "pairs": list(_pairs(row))})
        if opened:
            yield "</section>\n"
    yield "</body></html>\n"


def _pairs(row: Row) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if value not in (None, "", [], {}, False):
            shown = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
            yield key.replace("__", " ").replace("_", " "), shown


def sections(person: Contact) -> Iterator[Section]:
    """Name, title and rows of each kind of thing, over all accounts and all contacts that became part of the person."""
    own = Q(contact__in=Contact.objects.of(person.pk).values("pk"))
    mine = Identity.objects.filter(contact=person.pk).values("pk")
    theirs = Q(identity__in=list(mine.values_list("pk", flat=True)))
    yield "contacts", _("Contacts"), _all(Contact.objects.of(person.pk))
    yield "accounts", _("Accounts"), _all(Identity.objects.filter(contact=person.pk))
    yield (
        "conversations",
        _("Conversations"),
        _all(
            inbox.Conversation.objects.filter(theirs),
            department_name=F("department__name"),
            channel_name=F("channel__name"),
        ),
    )
    yield (
        "messages",
        _("Messages"),
        _all(inbox.Message.objects.filter(theirs), network=F("identity__network"), colleague=F("author__name")),
    )
    of_message = Q(message__identity__in=mine)
    yield "earlier_versions", _("Earlier versions of messages"), _all(inbox.Version.objects.filter(of_message))
    yield "deliveries", _("Deliveries of replies"), _all(inbox.Delivery.objects.filter(of_message))
    yield "decisions", _("Decisions of the router"), _all(inbox.Decision.objects.filter(of_message))
    learnt = Example.objects.filter(message__in=inbox.Message.objects.filter(theirs).values("pk"))
    told = _all(learnt, colleague=F("by__name"))
    # The encoder's numbers say nothing to a person that the text does not.
    legible = ({key: value for key, value in row.items() if key != "embedding"} for row in told)
    yield "examples", _("What the router learns from"), legible
    in_talk = Q(conversation__identity__in=mine)
    yield "notes", _("Notes"), _all(inbox.Note.objects.filter(in_talk), colleague=F("author__name"))
    yield "promises", _("Promises"), _all(inbox.Promise.objects.filter(in_talk), colleague=F("by__name"))
    yield (
        "events",
        _("Timeline"),
        _without_others(_all(inbox.Event.objects.filter(theirs | own), colleague=F("actor__name"))),
    )
    yield from _facts(own)
    yield from _graph(person, mine)
    yield "rejected", _("What arrived and could not be read"), _rejected(mine)


def _facts(own: Q) -> Iterator[Section]:
    yield "roles", _("Roles"), _all(graph.Role.objects.filter(own), role=F("kind__name"))
    yield "attributes", _("Attributes"), _all(graph.AttributeValue.objects.filter(own), name=F("attribute__name"))
    yield "deals", _("Deals"), _all(graph.Deal.objects.filter(own))
    yield "pins", _("Pinned notes"), _all(graph.Pin.objects.filter(own), colleague=F("author__name"))
    yield "tags", _("Tags"), _all(graph.Tag.objects.filter(own))
    yield "owners", _("Owners"), _all(graph.Owner.objects.filter(own), department_name=F("department__name"))
    yield "claims", _("Accounts that an import named"), _all(graph.Claim.objects.filter(own))
    yield "imported_rows", _("Rows of imports"), _all(graph.ImportedRow.objects.filter(own))


def _graph(person: Contact, mine: QuerySet[Identity, Any]) -> Iterator[Section]:
    # Of others no more than their public handle on the network.
    spoke = graph.Relationship.objects.filter(Q(source__in=mine) | Q(target__in=mine))
    ends = {"from_account": F("source__handle"), "to_account": F("target__handle"), "network": F("source__network")}
    yield "relationships", _("Whom they spoke to"), _all(spoke, **ends)
    parts = Contact.objects.of(person.pk).values("pk")
    merges = graph.Merge.objects.filter(Q(part__in=parts) | Q(into__in=parts))
    yield "merges", _("Merges"), _without_particulars(_all(merges), "evidence")
    suggested = graph.Suggestion.objects.filter(Q(first__in=mine) | Q(second__in=mine))
    yield "suggestions", _("Suggestions of who they may be"), _without_particulars(_all(suggested), "reasons")
    yield "clues", _("Clues"), _all(graph.Clue.objects.filter(identity__in=mine))
    yield "influence", _("Influence"), _all(graph.Influence.objects.filter(identity__in=mine))


def _without_particulars(rows: Iterable[Row], column: str) -> Iterator[Row]:
    """Of reasons no more than their kinds: they name what is known of the other one, who may well be somebody else."""
    for row in rows:
        yield row | {column: [{"kind": one.get("kind", "")} for one in row[column] or ()]}


def _without_others(events: Iterable[Row]) -> Iterator[Row]:
    """The same on the timeline: with whom somebody was merged, and why, may have been undone since."""
    for row in events:
        if row["kind"] in ("merged", "unmerged"):
            row["data"] = {key: value for key, value in row["data"].items() if key not in ("name", "reason")}
        yield row


def _all(found: QuerySet[Any], **more: Any) -> Iterator[Row]:
    """All columns of the rows found, and `more`, in pages by primary key. No secret is among them."""
    model: type[Model] = found.model
    names = [one.attname for one in model._meta.concrete_fields if one.get_internal_type() != "BinaryField"]
    columns = [one for one in names if one not in more]
    last: Any = None
    while True:
        page = found.annotate(**more).order_by("pk")
        if last is not None:
            page = page.filter(pk__gt=last)
        rows = list(page.values(*columns, *more, "pk")[:_PAGE])
        for row in rows:
            last = row.pop("pk")
            yield row
        if len(rows) < _PAGE:
            return


def _rejected(mine: QuerySet[Identity, Any]) -> Iterator[Row]:
    """Payloads that name one of the accounts, and not only something that looks like it: those are others' data. Looked
    for in what was rejected or set aside, which is not much. Two statements, however many accounts there are."""
    ids = [one for one in mine.values_list("external_id", flat=True) if len(one) >= SHORT]
    if not ids:
        return
    traces = Traces.of(ids, (), (), ())
    found = Receipt.objects.exclude(state="done").filter(payload__iregex="|".join(map(escaped, ids))).order_by("pk")
    for row in found.values("received_at", "state", "reason", "payload").iterator(_PAGE):
        if traces.within(row["payload"]):
            yield dict(row)


def file_name(person: Contact, at: datetime, kind: str) -> str:
    """How the download is called."""
    return f"contact-{person.pk}-{at:%Y-%m-%d}.{kind}"
