"""What the stand-in for Mastodon is asked, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.servers.mastodon_world import Json
from tests.servers.serving import Answer

NOT_FOUND = {"error": "Record not found"}
OUTSIDE = {"error": "This action is outside the authorized scopes"}


class Refusal(Exception):
    """Carries an error answer out of the depths."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status)
        self.answer = Answer(status, body)


@dataclass(frozen=True)
class Asked:
    """A request: its query, its form, its headers; lists as `name[]`."""

    path: str
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    headers: Any
    files: Sequence[tuple[str, str, bytes]] = ()

    def one(self, name: str, default: str = "") -> str:
        """The last value of a field or parameter."""
        return (self.form.get(name) or self.query.get(name) or [default])[-1]

    def flat(self) -> Json:
        """The form with the last value of each field."""
        return {name: values[-1] for name, values in (self.form or self.query).items()}
