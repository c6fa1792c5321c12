"""The form that connects a channel: drawn from what its connector asks for, and read back field by field.

Nothing of a secret is ever drawn: of one that is stored its date, its giver, and of long ones the last characters.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from connectors import credentials as sealed
from connectors.guides import translated
from connectors.models import Channel, Credential
from connectors.protocol import Connector, ConnectorError, Field
from connectors.sentences import told

PREFIX = "field_"
# Only what a machine made is that long; the end of a password would help to guess it.
_LONG, _TAIL = 20, 4


@sensitive_variables()
def read(kind: type[Connector], data: QueryDict) -> dict[str, Any]:
    """What was entered, as `connect.prepare` takes it: fields of this network only, whatever else was sent. Without
    NUL characters, which nobody means and the database does not take."""
    values = {one.name: data.get(PREFIX + one.name, "").replace("\0", "") for one in kind.fields}
    return {
        "name": data.get("name", "").replace("\0", ""),
        "base_url": data.get("base_url", "").replace("\0", ""),
        "settings": {one.name: values[one.name] for one in kind.fields if not one.secret},
        "credentials": {one.name: values[one.name] for one in kind.fields if one.secret},
    }


def draw(
    kind: type[Connector],
    *,
    entered: Mapping[str, Any] | None = None,
    channel: Channel | None = None,
    errors: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The form with what was entered, or else with what is stored; errors beside their fields."""
    wrong = dict(errors or {})
    stored = _secrets(channel) if channel else {}
    settings = _shown(kind, entered, channel)
    fields = [
        _field(one, settings.get(one.name, ""), stored.get(one.name), wrong.pop(one.name, "")) for one in kind.fields
    ]
    form = {
        "fields": fields,
        "name": _text("name", entered, channel.name if channel else ""),
        "name_error": wrong.pop("name", ""),
        "base_url": _text("base_url", entered, channel.base_url if channel else ""),
        "base_url_error": wrong.pop("base_url", ""),
        "server_label": translated(kind.server_label),
        "default_base_url": kind.default_base_url,
        "signs_in": kind.signs_in,
        "signs_in_at": kind.signs_in_at or kind.label,
        "signs_in_mostly": kind.signs_in and kind.signs_in_mostly,
    }
    # What is about no field in particular.
    return form | {"errors": list(wrong.values())}


def _text(name: str, entered: Mapping[str, Any] | None, stored: str) -> str:
    return str(entered[name]) if entered is not None else stored


def _shown(kind: type[Connector], entered: Mapping[str, Any] | None, channel: Channel | None) -> Mapping[str, Any]:
    if entered is not None:
        shown: Mapping[str, Any] = entered["settings"]
        return shown
    return channel.settings if channel else {one.name: one.default for one in kind.fields}


def _field(one: Field, value: Any, stored: dict[str, Any] | None, error: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "input": PREFIX + one.name,
        "label": translated(one.label),
        "help": translated(one.help),
        "kind": one.kind,
        "secret": one.secret,
        "required": one.required and stored is None and not one.generated,
        "optional": not one.required,
        "choices": [(value, translated(words)) for value, words in one.choices],
        "placeholder": one.placeholder,
        "value": "" if one.secret else str(value),
        "generated": one.generated,
        "copied": one.copied,
        # Of what we made nobody has another piece to compare it with.
        "stored": stored and (stored | {"tail": ""} if one.generated else stored),
        "error": error,
    }


@sensitive_variables()
def _secrets(channel: Channel) -> dict[str, dict[str, Any]]:
    """Of each stored secret when and by whom it was given, and the end of what is long."""
    row = Credential.objects.filter(channel=channel).first()
    if row is None:
        return {}
    try:
        plain = sealed.load(channel)
    except ConnectorError:
        return {}
    found = {}
    for name, value in plain.items():
        origin = row.given.get(name, {})
        at = datetime.fromisoformat(origin["at"]) if origin else None
        tail = value[-_TAIL:] if len(value) >= _LONG and value.isascii() and value[-_TAIL:].isalnum() else ""
        found[name] = {"at": at, "by": origin.get("by", ""), "tail": tail}
    return found


def complaint(error: ConnectorError, kind: type[Connector]) -> str:
    """What a network says, for a place where only a line fits."""
    said = gettext("%(network)s says: %(words)s") % {"network": kind.label, "words": told(error.message)}
    if error.remedy and said[-1:] not in ".!?…":
        said += "."
    return f"{said} {told(error.remedy)}".strip()
