"""What a decision has kept of the signals (`Signals.as_json`), as facts again. What it has not kept is unknown."""

from collections.abc import Mapping
from typing import Any

from routing.signals import Customer, Senses

Kept = Mapping[str, Any]


def senses(kept: Kept) -> Senses | None:
    """What the text said, as far as a program could tell; None where nobody had found out."""
    found = kept.get("senses")
    if found is None:
        return None
    return Senses(
        language=found.get("language", ""),
        sentiment=found.get("sentiment", 0),
        intents=found.get("intents", {}),
        products=tuple(found.get("products", ())),
        rivals=tuple(found.get("rivals", ())),
        urgency=found.get("urgency", 0.0),
    )


def customer(kept: Kept) -> Customer | None:
    """What the company knew of whoever wrote; None where nobody had looked."""
    found = kept.get("customer")
    if found is None:
        return None
    return Customer(
        roles=frozenset(found.get("roles", ())),
        past_roles=frozenset(found.get("past_roles", ())),
        attributes=found.get("attributes", {}),
        owners=frozenset(found.get("owners", ())),
        tags=frozenset(found.get("tags", ())),
    )


def open_at(kept: Kept) -> frozenset[str] | None:
    """The names of the calendars that were open; None where nobody had looked."""
    found = kept.get("open_at")
    return None if found is None else frozenset(found)
