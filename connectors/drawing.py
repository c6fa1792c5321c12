"""Drawing the mapping of a generic channel on a delivery that was recorded: which field stands where, and what becomes
of it. Anything that comes in is kept, so there is always something to draw on."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, gettext_lazy

from connectors import mapping
from connectors.incoming import Incoming, Rejected
from connectors.models import Channel, Receipt
from connectors.parse import parse
from connectors.registry import CONNECTORS

# In a form's choice: not a place in the delivery, but a value of its own.
OWN = "="
SETTING = "mapping"
_SAMPLES = 20
_SHOWN = 3
_LONG = 80
LABELS = {
    "external_id": gettext_lazy("Id of the message"),
    "author.external_id": gettext_lazy("Id of its author"),
    "text": gettext_lazy("Text"),
    "posted_at": gettext_lazy("Time"),
    "thread_id": gettext_lazy("Id of the thread"),
    "parent_id": gettext_lazy("Id of what it answers"),
    "url": gettext_lazy("Address"),
    "title": gettext_lazy("Title"),
    "html": gettext_lazy("Text as HTML"),
    "language": gettext_lazy("Language"),
    "kind": gettext_lazy("Kind"),
    "action": gettext_lazy("Action"),
    "attachments": gettext_lazy("Attachments"),
    "author.handle": gettext_lazy("Author's handle"),
    "author.name": gettext_lazy("Author's name"),
    "author.url": gettext_lazy("Author's page"),
    "author.avatar_url": gettext_lazy("Author's picture"),
    "author.followers": gettext_lazy("Author's followers"),
    "author.verified": gettext_lazy("Author is verified"),
    "author.bio": gettext_lazy("Author's description"),
    "author.email": gettext_lazy("Author's e-mail address"),
}
# What nearly every message has, before the rest.
_FIRST = (*mapping.REQUIRED, "posted_at", "author.name", "thread_id", "url")


def can_draw(channel: Channel) -> bool:
    """Whether the channel's connector reads by a mapping."""
    kind = CONNECTORS.get(channel.network)
    return kind is not None and any(field.name == SETTING for field in kind.fields)


def samples(channel: Channel) -> list[Receipt]:
    """The newest deliveries that are still kept, whatever became of them."""
    return list(
        Receipt.objects.filter(channel=channel, source=Receipt.Source.WEBHOOK).order_by("-received_at", "-pk")[
            :_SAMPLES
        ]
    )


def stored(channel: Channel) -> dict[str, Any]:
    """The mapping that holds; empty where there is none that can be read."""
    try:
        return mapping.load(str(channel.settings.get(SETTING) or ""))
    except Rejected:
        return {}


def entered(data: Mapping[str, str]) -> dict[str, Any]:
    """A mapping as somebody has chosen it on the form."""
    rules: dict[str, Any] = {"items": data["items"]} if data.get("items") else {}
    for name in mapping.FIELDS:
        path = data.get(f"path:{name}", "")
        if path == OWN:
            rules[name] = {"value": data.get(f"value:{name}", "")}
        elif path:
            rules[name] = path
    return rules


def draw(channel: Channel, rules: Mapping[str, Any], sample: Receipt | None) -> dict[str, Any]:
    """The form, the places that can be chosen, and what the sample becomes."""
    payload = sample.payload if sample else {}
    leaves = mapping.leaves(_first_item(rules, payload))
    errors, messages = _preview(channel, rules, sample) if sample else ({}, [])
    places = [{"path": path, "example": _short(value)} for path, value in leaves]
    fields = [_field(name, rules.get(name), [path for path, _ in leaves], errors) for name in mapping.FIELDS]
    fields.sort(key=lambda field: (not field["first"], not field["chosen"] and not field["own"]))
    return {
        "fields": fields,
        "places": places,
        "lists": [{"path": path, "n": n} for path, n in mapping.lists(payload)],
        "items": rules.get("items", ""),
        "messages": messages,
        "errors": [words for name, words in errors.items() if name not in mapping.FIELDS],
        "payload": json.dumps(payload, ensure_ascii=False, indent=2)[:20_000],
    }


def _preview(
    channel: Channel, rules: Mapping[str, Any], sample: Receipt
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """What is wrong, by field, and the first messages that the delivery would become."""
    errors: dict[str, str] = {}
    for name in mapping.REQUIRED:
        if name not in rules and not (name == "text" and "attachments" in rules):
            errors[name] = gettext("Choose where it stands in the delivery.")
    messages = []
    for found in mapping.apply(rules, sample.payload, sample.received_at) if not errors else ():
        try:
            if isinstance(found, Rejected):
                raise found
            messages.append(_shown(parse(found, network=channel.network, now=sample.received_at)))
        except Rejected as error:
            errors.setdefault(_own_name(error.field), str(error))
    return errors, messages[:_SHOWN]


@transaction.atomic
def save(channel: Channel, rules: Mapping[str, Any]) -> list[int]:
    """Store a mapping; returns the receipts that had to wait for one. Raises Rejected for what is none."""
    text = json.dumps(rules, ensure_ascii=False)
    mapping.load(text)
    fresh = Channel.objects.select_for_update().get(pk=channel.pk)
    fresh.settings = {**fresh.settings, SETTING: text}
    fresh.save(update_fields=["settings"])
    waiting = Receipt.objects.filter(channel=channel, source=Receipt.Source.WEBHOOK)
    states = [Receipt.State.REJECTED, Receipt.State.QUARANTINED]
    return list(waiting.filter(state__in=states).order_by("received_at").values_list("pk", flat=True)[:1_000])


def _first_item(rules: Mapping[str, Any], payload: object) -> object:
    try:
        found = mapping.items(rules, payload)
    except Rejected:
        return payload
    return found[0] if found else payload


def _field(name: str, rule: Any, paths: list[str], errors: Mapping[str, str]) -> dict[str, Any]:
    own = rule["value"] if isinstance(rule, dict) and "value" in rule else None
    chosen = rule if isinstance(rule, str) else ""
    return {
        "name": name,
        "id": name.replace(".", "-"),
        "label": LABELS.get(name, name),
        "required": name in mapping.REQUIRED,
        "first": name in _FIRST,
        "chosen": chosen,
        # A place that another delivery had.
        "elsewhere": chosen if chosen and chosen not in paths else "",
        "own": "" if own is None else str(own),
        "is_own": own is not None,
        "error": errors.get(name, ""),
    }


def _own_name(field: str) -> str:
    """The field of the form that an error is about: `author` alone means its id."""
    name = field.removeprefix("mapping.")
    return "author.external_id" if name == "author" else name


def _shown(item: Incoming) -> dict[str, Any]:
    return {
        "name": item.author.name or item.author.handle or item.author.external_id,
        "handle": item.author.handle,
        "text": item.text,
        "title": item.title,
        "kind": item.kind,
        "posted_at": item.posted_at,
        "url": item.url,
        "thread": item.thread_id,
        "attachments": len(item.attachments),
    }


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
