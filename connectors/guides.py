"""How a network is connected, as the form tells it: the steps, with our own addresses where they have to be copied."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext

from connectors.protocol import Connector
from connectors.registry import CONNECTORS

_PLACE = re.compile(r"\{(callback|webhook)\}")


def translated(text: str) -> str:
    """A text of a network (connectors/texts.py) in the language of whoever reads it."""
    return gettext(text) if text else ""


def gallery() -> list[dict[str, str]]:
    """The networks that people can connect, in the registry's order."""
    return [
        {"network": network, "label": translated(kind.label), "method": translated(kind.guide.method)}
        for network, kind in CONNECTORS.items()
        if kind.guide is not None
    ]


def guide_of(kind: type[Connector], addresses: Mapping[str, str]) -> dict[str, Any]:
    """The guide of one network. `addresses`: ours by their names; one that is missing is not known yet."""
    guide = kind.guide
    if guide is None:
        return {"steps": [], "permissions": [], "cost": "", "site": "", "page": ""}
    return {
        "steps": [_parts(translated(step), addresses) for step in guide.steps],
        "permissions": [(name, translated(why)) for name, why in guide.permissions],
        "cost": translated(guide.cost),
        "site": guide.site,
        "page": PurePosixPath(guide.page).name,
    }


def pages() -> set[str]:
    """The names of all pages in docs/ that guides lead to."""
    guides = [kind.guide for kind in CONNECTORS.values() if kind.guide is not None]
    return {PurePosixPath(guide.page).name for guide in guides if guide.page}


def _parts(step: str, addresses: Mapping[str, str]) -> list[dict[str, str]]:
    """A step as text and addresses: whatever else stands in braces is text."""
    found = _PLACE.split(step)
    parts: list[dict[str, str]] = []
    for position, part in enumerate(found):
        if position % 2:
            parts.append({"address": addresses.get(part, ""), "of": part})
        elif part := part.lstrip(".,;: ") if parts and parts[-1].get("address") else part:
            # An address stands on a line of its own; what ended the sentence there has nothing to end.
            parts.append({"text": part})
    return parts
